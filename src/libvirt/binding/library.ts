/** The part of libvirt's C API that we use, typed. Loading it does nothing yet but link it. */
import { messageOf } from '../../support/errors.ts';
import { LibvirtError } from '../errors.ts';
import { guests } from './guest-functions.ts';
import type { Guests } from './guest-functions.ts';
import { loadKoffi } from './koffi.ts';
import type { Koffi } from './koffi.ts';
import { asNumber, asPointer, asText, here, inThread } from './native.ts';
import type { NativeFunction, Pointer } from './native.ts';

const soname = 'libvirt.so.0';

type Library = ReturnType<Koffi['load']>;
/** A place for a number that C writes to. */
export type NumberOut = [number];
type PointerOut = [bigint | null];

export interface Libvirt extends Connections, Domains, Events, Guests {
  koffi: Koffi;
  /** Address of a function without arguments or effects, for places where C wants a callback and we want none. */
  ignore: Pointer;
}

interface Connections {
  initialize(): Promise<number>;
  setErrorFunc(userData: null, handler: Pointer): void;
  connSetErrorFunc(connection: Pointer, userData: null, handler: Pointer): void;
  /** Error of the last call that failed on a connection: meaningful while only one call at a time uses it. */
  connGetLastError(connection: Pointer): Pointer | null;
  open(uri: string): Promise<Pointer | null>;
  close(connection: Pointer): Promise<number>;
  isAlive(connection: Pointer): Promise<number>;
  setKeepAlive(connection: Pointer, seconds: number, count: number): Promise<number>;
  libVersion(connection: Pointer, version: NumberOut): Promise<number>;
  version(connection: Pointer, version: NumberOut): Promise<number>;
}

interface Domains {
  listAll(connection: Pointer, domains: PointerOut, flags: number): Promise<number>;
  defineXml(connection: Pointer, xml: string, flags: number): Promise<Pointer | null>;
  createXml(connection: Pointer, xml: string, flags: number): Promise<Pointer | null>;
  lookupByUuid(connection: Pointer, uuid: string): Promise<Pointer | null>;
  lookupByName(connection: Pointer, name: string): Promise<Pointer | null>;
  free(domain: Pointer): Promise<number>;
  uuid(domain: Pointer): string;
  domainName(domain: Pointer): string | null;
  start(domain: Pointer, flags: number): Promise<number>;
  state(domain: Pointer, state: NumberOut, reason: NumberOut, flags: number): Promise<number>;
  xmlDesc(domain: Pointer, flags: number): Promise<string | null>;
  suspend(domain: Pointer): Promise<number>;
  resume(domain: Pointer): Promise<number>;
  shutdown(domain: Pointer, flags: number): Promise<number>;
  destroy(domain: Pointer, flags: number): Promise<number>;
  reset(domain: Pointer, flags: number): Promise<number>;
  /** @param info a `virDomainBlockInfo`: capacity, allocation and physical size, in bytes, of 64 bits each. */
  blockInfo(domain: Pointer, disk: string, info: Buffer, flags: number): Promise<number>;
  blockResize(domain: Pointer, disk: string, size: number, flags: number): Promise<number>;
  undefine(domain: Pointer, flags: number): Promise<number>;
}

interface Events {
  registerDefaultImpl(): number;
  runDefaultImpl(): Promise<number>;
  addTimeout(milliseconds: number, callback: Pointer, opaque: null, release: null): number;
  updateTimeout(timer: number, milliseconds: number): void;
  addHandle(descriptor: number, events: number, callback: Pointer, opaque: null, release: null): number;
  updateHandle(watch: number, events: number): void;
  removeHandle(watch: number): number;
  eventRegister(
    connection: Pointer,
    domain: null,
    id: number,
    callback: Pointer,
    opaque: null,
    release: null,
  ): Promise<number>;
  eventDeregister(connection: Pointer, registration: number): Promise<number>;
  closeRegister(connection: Pointer, callback: Pointer, opaque: null, release: null): Promise<number>;
  closeUnregister(connection: Pointer, callback: Pointer): Promise<number>;
}

/** @throws LibvirtError `KoffiUnavailable` or `LibvirtUnavailable`. */
export async function loadLibrary(): Promise<Libvirt> {
  const koffi = await loadKoffi();
  // Native code runs on koffi's stacks, and only touched pages cost memory: libvirt gets a comfortable one.
  koffi.config({
    async_stack_size: 1024 * 1024,
    async_heap_size: 64 * 1024,
    resident_async_pools: 4,
    max_async_calls: 64,
  });
  const library = link(koffi);
  const ignore = asPointer(library.symbol('virGetLastErrorCode'));
  if (ignore === null)
    throw new LibvirtError('LibvirtUnavailable', `${soname} lacks virGetLastErrorCode`, { retry: 'never' });
  return {
    koffi,
    ignore,
    ...connections(library),
    ...domains(koffi, library),
    ...events(library),
    ...guests(koffi, library),
  };
}

function link(koffi: Koffi): Library {
  try {
    return koffi.load(soname);
  } catch (error) {
    const message = `cannot load ${soname}: ${messageOf(error)}. Install the package libvirt0`;
    throw new LibvirtError('LibvirtUnavailable', message, { retry: 'never', cause: error });
  }
}

function declare(library: Library, prototype: string): NativeFunction {
  return library.func(prototype);
}

function connections(library: Library): Connections {
  const get = (prototype: string): NativeFunction => declare(library, prototype);
  return {
    initialize: inThread(get('int virInitialize()'), asNumber),
    setErrorFunc: here(get('void virSetErrorFunc(void *userData, void *handler)'), () => undefined),
    connSetErrorFunc: here(
      get('void virConnSetErrorFunc(void *conn, void *userData, void *handler)'),
      () => undefined,
    ),
    connGetLastError: here(get('void *virConnGetLastError(void *conn)'), asPointer),
    open: inThread(get('void *virConnectOpen(const char *name)'), asPointer),
    close: inThread(get('int virConnectClose(void *conn)'), asNumber),
    isAlive: inThread(get('int virConnectIsAlive(void *conn)'), asNumber),
    setKeepAlive: inThread(get('int virConnectSetKeepAlive(void *conn, int interval, uint count)'), asNumber),
    libVersion: inThread(get('int virConnectGetLibVersion(void *conn, _Out_ ulong *version)'), asNumber),
    version: inThread(get('int virConnectGetVersion(void *conn, _Out_ ulong *version)'), asNumber),
  };
}

function domains(koffi: Koffi, library: Library): Domains {
  const get = (prototype: string): NativeFunction => declare(library, prototype);
  const simple = (name: string): ((domain: Pointer) => Promise<number>) =>
    inThread(get(`int ${name}(void *dom)`), asNumber);
  const flagged = (name: string): ((domain: Pointer, flags: number) => Promise<number>) =>
    inThread(get(`int ${name}(void *dom, uint flags)`), asNumber);
  const ownedText = koffi.disposable('char *');
  return {
    listAll: inThread(
      get('int virConnectListAllDomains(void *conn, _Out_ void **domains, uint flags)'),
      asNumber,
    ),
    defineXml: inThread(
      get('void *virDomainDefineXMLFlags(void *conn, const char *xml, uint flags)'),
      asPointer,
    ),
    createXml: inThread(get('void *virDomainCreateXML(void *conn, const char *xml, uint flags)'), asPointer),
    lookupByUuid: inThread(get('void *virDomainLookupByUUIDString(void *conn, const char *uuid)'), asPointer),
    lookupByName: inThread(get('void *virDomainLookupByName(void *conn, const char *name)'), asPointer),
    free: simple('virDomainFree'),
    uuid: uuidReader(library),
    domainName: here(get('const char *virDomainGetName(void *dom)'), asText),
    start: flagged('virDomainCreateWithFlags'),
    state: inThread(
      get('int virDomainGetState(void *dom, _Out_ int *state, _Out_ int *reason, uint flags)'),
      asNumber,
    ),
    xmlDesc: inThread(library.func('virDomainGetXMLDesc', ownedText, ['void *', 'uint']), asText),
    suspend: simple('virDomainSuspend'),
    resume: simple('virDomainResume'),
    shutdown: flagged('virDomainShutdownFlags'),
    destroy: flagged('virDomainDestroyFlags'),
    reset: flagged('virDomainReset'),
    blockInfo: inThread(
      get('int virDomainGetBlockInfo(void *dom, const char *disk, void *info, uint flags)'),
      asNumber,
    ),
    blockResize: inThread(
      get('int virDomainBlockResize(void *dom, const char *disk, uint64_t size, uint flags)'),
      asNumber,
    ),
    undefine: flagged('virDomainUndefineFlags'),
  };
}

/** Reads a domain object's UUID as text; the C function fills a buffer of 37 bytes. */
function uuidReader(library: Library): (domain: Pointer) => string {
  const read: (domain: Pointer, text: Buffer) => unknown = library.func(
    'int virDomainGetUUIDString(void *dom, void *buf)',
  );
  return (domain) => {
    const text = Buffer.alloc(37);
    if (read(domain, text) !== 0)
      throw new LibvirtError('InternalError', 'libvirt gave a domain without UUID', { retry: 'never' });
    return text.toString('ascii', 0, 36);
  };
}

function events(library: Library): Events {
  const get = (prototype: string): NativeFunction => declare(library, prototype);
  return {
    registerDefaultImpl: here(get('int virEventRegisterDefaultImpl()'), asNumber),
    runDefaultImpl: inThread(get('int virEventRunDefaultImpl()'), asNumber),
    addTimeout: here(get('int virEventAddTimeout(int timeout, void *cb, void *opaque, void *ff)'), asNumber),
    updateTimeout: here(get('void virEventUpdateTimeout(int timer, int timeout)'), () => undefined),
    addHandle: here(
      get('int virEventAddHandle(int fd, int events, void *cb, void *opaque, void *ff)'),
      asNumber,
    ),
    updateHandle: here(get('void virEventUpdateHandle(int watch, int events)'), () => undefined),
    removeHandle: here(get('int virEventRemoveHandle(int watch)'), asNumber),
    eventRegister: inThread(
      get(
        'int virConnectDomainEventRegisterAny(void *conn, void *dom, int id, void *cb, void *opaque, void *freecb)',
      ),
      asNumber,
    ),
    eventDeregister: inThread(
      get('int virConnectDomainEventDeregisterAny(void *conn, int callbackID)'),
      asNumber,
    ),
    closeRegister: inThread(
      get('int virConnectRegisterCloseCallback(void *conn, void *cb, void *opaque, void *freecb)'),
      asNumber,
    ),
    closeUnregister: inThread(get('int virConnectUnregisterCloseCallback(void *conn, void *cb)'), asNumber),
  };
}
