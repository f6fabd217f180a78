/** What a process has once: the library, its event loop, and the handler of errors that no connection owns. */
import { libvirtError } from '../errors.ts';
import type { LibvirtError } from '../errors.ts';
import { createEventLoop } from './event-loop.ts';
import type { EventLoop } from './event-loop.ts';
import { loadLibrary } from './library.ts';
import type { Libvirt } from './library.ts';
import type { Pointer } from './native.ts';

export interface Runtime {
  libvirt: Libvirt;
  loop: EventLoop;
  /** Opens a connection whose errors go nowhere but to `errorOf`. */
  open(uri: string): Promise<Pointer>;
  /** The error of the call that just failed on a connection which only that call uses. */
  errorOf(connection: Pointer, call: string): LibvirtError;
}

interface Reported {
  code: number;
  domain: number;
  message: string;
}

let started: Promise<Runtime> | undefined;

/** Loads and starts libvirt on first use; a failure is not remembered. */
export function runtime(): Promise<Runtime> {
  started ??= start().catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

/*
 * libvirt keeps errors by thread, and the next call runs on another thread of the pool than the one that
 * failed. Two of its facilities do not depend on threads, and we use both:
 * - an error on a connection is also kept in the connection. A connection is used by one call at a time
 *   (`lanes.ts`), so what it keeps belongs to the call that failed. Its handler is a function that does nothing.
 * - an error without a connection goes to the global handler, before the failing call returns. Only opening
 *   fails so, and openings are done one after the other.
 */
async function start(): Promise<Runtime> {
  const libvirt = await loadLibrary();
  const decode = errorDecoder(libvirt);
  let orphan: Reported | undefined;
  const handler = libvirt.koffi.proto('void (void *userData, void *error)');
  libvirt.setErrorFunc(
    null,
    libvirt.koffi.register((_userData: unknown, error: bigint | null) => {
      orphan = decode(error);
    }, libvirt.koffi.pointer(handler)),
  );
  const orphanError = (call: string): LibvirtError => libvirtError(call, orphan ?? unreported);
  if ((await libvirt.initialize()) < 0) throw orphanError('initialise libvirt');
  const loop = createEventLoop(libvirt);

  const openNow = async (uri: string): Promise<Pointer> => {
    orphan = undefined;
    const connection = await libvirt.open(uri);
    if (connection === null) throw orphanError(`connect to ${uri}`);
    libvirt.connSetErrorFunc(connection, null, libvirt.ignore);
    return connection;
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    libvirt,
    loop,
    open(uri) {
      const opened = turn.then(() => openNow(uri));
      turn = opened.catch(() => undefined);
      return opened;
    },
    errorOf: (connection, call) => libvirtError(call, decode(libvirt.connGetLastError(connection))),
  };
}

const unreported: Reported = { code: 0, domain: 0, message: '' };

/** Reads the leading fields of a `virError`. */
function errorDecoder({ koffi }: Libvirt): (error: Pointer | null) => Reported {
  const layout = koffi.struct({ code: 'int', domain: 'int', message: 'const char *' });
  return (error) => {
    if (error === null) return unreported;
    const raw: { code: number; domain: number; message: string | null } = koffi.decode(error, layout);
    return { code: raw.code, domain: raw.domain, message: raw.message ?? '' };
  };
}
