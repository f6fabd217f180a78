/** The calls of a `Hypervisor`: which C functions each makes, with which flags. */
import { LibvirtError } from '../errors.ts';
import type {
  DefineOptions,
  DomainName,
  DomainStatus,
  Hypervisor,
  StartOptions,
  Versions,
} from '../types.ts';
import { diskBytes, reboot, screenshot } from './guest-calls.ts';
import { isConnectionLost } from './lanes.ts';
import type { Lane, Lanes } from './lanes.ts';
import type { Libvirt, NumberOut } from './library.ts';
import type { Pointer } from './native.ts';
import { domainStatus, versionText } from './states.ts';

/** Flags of libvirt's functions. */
const startPaused = 1;
const defineValidate = 1;
const shutdownAcpi = 1;
const resizeInBytes = 1;
/** Managed save, snapshots and checkpoints go with the definition; NVRAM and TPM state stay. */
const undefineKeepingState = 1 | 2 | 8 | 16 | 64;
const noDomain = 'LibvirtNoDomain';

export type Calls = Omit<Hypervisor, 'subscribe' | 'close' | typeof Symbol.asyncDispose>;

export function hypervisorCalls(libvirt: Libvirt, lanes: Lanes): Calls {
  return {
    ...connectionCalls(libvirt, lanes),
    ...definitionCalls(libvirt, lanes),
    ...domainCalls(libvirt, lanes),
  };
}

function connectionCalls(libvirt: Libvirt, lanes: Lanes): Pick<Calls, 'versions' | 'alive' | 'list'> {
  return {
    versions: () => lanes.use((lane) => versions(libvirt, lane)),
    alive: async () => {
      try {
        return await lanes.use(async ({ connection }) => (await libvirt.isAlive(connection)) === 1);
      } catch (error) {
        if (isConnectionLost(error)) return false;
        throw error;
      }
    },
    list: () => lanes.use((lane) => list(libvirt, lane)),
  };
}

function definitionCalls(libvirt: Libvirt, lanes: Lanes): Pick<Calls, 'define' | 'create' | 'find'> {
  return {
    define: (xml, options: DefineOptions = {}) =>
      lanes.use(async (lane) => {
        const flags = options.validate === true ? defineValidate : 0;
        return await uuidOf(
          libvirt,
          await lane.value('define the domain', libvirt.defineXml(lane.connection, xml, flags)),
        );
      }),
    create: (xml, options: StartOptions = {}) =>
      lanes.use(async (lane) => {
        const created = libvirt.createXml(lane.connection, xml, startFlags(options));
        return await uuidOf(libvirt, await lane.value('create the domain', created));
      }),
    find: (name) =>
      lanes.use((lane) =>
        unlessAbsent(async () => {
          const found = libvirt.lookupByName(lane.connection, name);
          return await uuidOf(libvirt, await lane.value(`find the domain ${name}`, found));
        }, undefined),
      ),
  };
}

type DomainCalls = Omit<Calls, 'versions' | 'alive' | 'list' | 'define' | 'create' | 'find'>;

function domainCalls(libvirt: Libvirt, lanes: Lanes): DomainCalls {
  const act = async (
    verb: string,
    uuid: string,
    action: (domain: Pointer) => Promise<number>,
  ): Promise<void> => {
    const call = `${verb} the domain ${uuid}`;
    await onDomain(libvirt, lanes, { call, uuid }, (lane, domain) => lane.number(call, action(domain)));
  };
  return {
    status: (uuid) => status(libvirt, lanes, uuid),
    xml: (uuid) => {
      const call = `read the XML of the domain ${uuid}`;
      return onDomain(libvirt, lanes, { call, uuid }, (lane, domain) =>
        lane.value(call, libvirt.xmlDesc(domain, 0)),
      );
    },
    start: (uuid, options: StartOptions = {}) =>
      act('start', uuid, (domain) => libvirt.start(domain, startFlags(options))),
    suspend: (uuid) => act('suspend', uuid, (domain) => libvirt.suspend(domain)),
    resume: (uuid) => act('resume', uuid, (domain) => libvirt.resume(domain)),
    shutdown: (uuid) => act('shut down', uuid, (domain) => libvirt.shutdown(domain, shutdownAcpi)),
    destroy: (uuid) => act('destroy', uuid, (domain) => libvirt.destroy(domain, 0)),
    reset: (uuid) => act('reset', uuid, (domain) => libvirt.reset(domain, 0)),
    diskBytes: (uuid, disk) => {
      const call = `read the size of ${disk} of the domain ${uuid}`;
      return onDomain(libvirt, lanes, { call, uuid }, (lane, domain) =>
        diskBytes(libvirt, { lane, domain }, { call, disk }),
      );
    },
    resize: (uuid, disk, bytes) =>
      act(`resize ${disk} of`, uuid, (domain) => libvirt.blockResize(domain, disk, bytes, resizeInBytes)),
    reboot: (uuid, way) => act('reboot', uuid, (domain) => reboot(libvirt, domain, way)),
    agentCommand: (uuid, command, timeoutSeconds) => {
      const call = `ask the guest agent of the domain ${uuid}`;
      const answer = onDomain(libvirt, lanes, { call, uuid, spare: true }, (lane, domain) =>
        lane.value(call, libvirt.agentCommand(domain, command, timeoutSeconds, 0)),
      );
      return answer.catch((error: unknown) => {
        throw isConnectionLost(error) ? unreadable(call, error) : error;
      });
    },
    screenshot: (uuid) => {
      const call = `take a picture of the domain ${uuid}`;
      return onDomain(libvirt, lanes, { call, uuid }, (lane, domain) =>
        screenshot(libvirt, { lane, domain }, call),
      );
    },
    undefine: (uuid) => act('undefine', uuid, (domain) => libvirt.undefine(domain, undefineKeepingState)),
  };
}

/** @param cause is a connection that libvirtd gave up, which only an answer that no message holds makes it do. */
const unreadable = (call: string, cause: unknown): LibvirtError =>
  new LibvirtError('LibvirtAgentUnsynced', `cannot ${call}: libvirt cannot pass its answer on`, { cause });

/** Looks a domain up, uses it and frees it, all on one connection. */
function onDomain<T>(
  libvirt: Libvirt,
  lanes: Lanes,
  { call, uuid, spare = false }: { call: string; uuid: string; spare?: boolean },
  use: (lane: Lane, domain: Pointer) => Promise<T>,
): Promise<T> {
  const work = async (lane: Lane): Promise<T> => {
    const domain = await lane.value(call, libvirt.lookupByUuid(lane.connection, uuid));
    try {
      return await use(lane, domain);
    } finally {
      await libvirt.free(domain);
    }
  };
  return spare ? lanes.useSpare(work) : lanes.use(work);
}

function status(libvirt: Libvirt, lanes: Lanes, uuid: string): Promise<DomainStatus> {
  const call = `read the state of the domain ${uuid}`;
  const state: NumberOut = [0];
  const reason: NumberOut = [0];
  return unlessAbsent<DomainStatus>(
    () =>
      onDomain(libvirt, lanes, { call, uuid }, async (lane, domain) => {
        await lane.number(call, libvirt.state(domain, state, reason, 0));
        return domainStatus(state[0], reason[0]);
      }),
    { state: 'absent', reason: 'unknown' },
  );
}

async function versions(libvirt: Libvirt, lane: Lane): Promise<Versions> {
  const library: NumberOut = [0];
  const qemu: NumberOut = [0];
  await lane.number("read libvirt's version", libvirt.libVersion(lane.connection, library));
  await lane.number("read QEMU's version", libvirt.version(lane.connection, qemu));
  return { libvirt: versionText(library[0]), qemu: versionText(qemu[0]) };
}

async function list(libvirt: Libvirt, lane: Lane): Promise<DomainName[]> {
  const out: [bigint | null] = [null];
  const count = await lane.number('list the domains', libvirt.listAll(lane.connection, out, 0));
  const array = out[0];
  if (array === null) return [];
  const domains: bigint[] = libvirt.koffi.decode(array, 'void *', count);
  libvirt.koffi.free(array);
  const names = domains.map((domain) => ({
    uuid: libvirt.uuid(domain),
    name: libvirt.domainName(domain) ?? '',
  }));
  for (const domain of domains) await libvirt.free(domain);
  return names;
}

/** Reads the UUID of a domain object and frees it. */
async function uuidOf(libvirt: Libvirt, domain: Pointer): Promise<string> {
  const uuid = libvirt.uuid(domain);
  await libvirt.free(domain);
  return uuid;
}

async function unlessAbsent<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LibvirtError && error.reason === noDomain) return otherwise;
    throw error;
  }
}

function startFlags(options: StartOptions): number {
  return options.paused === true ? startPaused : 0;
}
