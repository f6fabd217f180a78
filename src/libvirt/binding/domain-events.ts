/** Registers for a connection's events and hands them out as `HypervisorEvent`. */
import type { HypervisorEvent } from '../types.ts';
import type { Lane } from './lanes.ts';
import type { Libvirt } from './library.ts';
import type { Pointer } from './native.ts';
import { closeReason, ioErrorAction, lifecycleEvent } from './states.ts';

const eventIds = { lifecycle: 0, reboot: 1, ioErrorReason: 6, agentLifecycle: 18 } as const;
const agentConnected = 1;

type Emit = (event: HypervisorEvent) => void;

interface Callback {
  id: number;
  address: Pointer;
}

/**
 * Registers for everything. Callbacks arrive on JavaScript's thread while the event thread waits for them.
 * @returns how to undo it; the connection must be free of other calls then.
 */
export async function registerEvents(libvirt: Libvirt, lane: Lane, emit: Emit): Promise<() => Promise<void>> {
  const onClose = closeCallback(libvirt, emit);
  await lane.number('watch the connection', libvirt.closeRegister(lane.connection, onClose, null, null));
  const callbacks = domainCallbacks(libvirt, emit);
  const registrations: number[] = [];
  for (const { id, address } of callbacks) {
    const registered = libvirt.eventRegister(lane.connection, null, id, address, null, null);
    registrations.push(await lane.number('watch the domains', registered));
  }
  const { connection } = lane;
  return async () => {
    for (const registration of registrations) await libvirt.eventDeregister(connection, registration);
    await libvirt.closeUnregister(connection, onClose);
    for (const address of [...callbacks.map((callback) => callback.address), onClose])
      libvirt.koffi.unregister(address);
  };
}

function closeCallback({ koffi }: Libvirt, emit: Emit): Pointer {
  const type = koffi.pointer(koffi.proto('void (void *conn, int reason, void *opaque)'));
  return koffi.register(
    (_connection: unknown, reason: number) => emit({ type: 'closed', reason: closeReason(reason) }),
    type,
  );
}

function domainCallbacks(libvirt: Libvirt, emit: Emit): Callback[] {
  const { koffi } = libvirt;
  // Reading these two only copies out of the object; it is valid while the callback runs.
  const who = (domain: Pointer): { uuid: string; name: string } => ({
    uuid: libvirt.uuid(domain),
    name: libvirt.domainName(domain) ?? '',
  });
  const on = (
    id: number,
    prototype: string,
    callback: (connection: unknown, domain: Pointer, ...rest: never[]) => void,
  ): Callback => ({
    id,
    address: koffi.register(callback, koffi.pointer(koffi.proto(prototype))),
  });
  return [
    // Declared as int in C, where nothing reads what it returns.
    on(
      eventIds.lifecycle,
      'void (void *conn, void *dom, int event, int detail, void *opaque)',
      (_connection, domain, event: number, detail: number) =>
        emit({ type: 'lifecycle', ...who(domain), event: lifecycleEvent(event), detail }),
    ),
    on(eventIds.reboot, 'void (void *conn, void *dom, void *opaque)', (_connection, domain) =>
      emit({ type: 'reboot', ...who(domain) }),
    ),
    on(
      eventIds.ioErrorReason,
      'void (void *conn, void *dom, const char *path, const char *device, int action, const char *reason, void *opaque)',
      (
        _connection,
        domain,
        _path: string | null,
        device: string | null,
        action: number,
        reason: string | null,
      ) =>
        emit({
          type: 'ioError',
          ...who(domain),
          device: device ?? '',
          action: ioErrorAction(action),
          reason: reason ?? '',
        }),
    ),
    on(
      eventIds.agentLifecycle,
      'void (void *conn, void *dom, int state, int reason, void *opaque)',
      (_connection, domain, state: number) =>
        emit({ type: 'agent', ...who(domain), connected: state === agentConnected }),
    ),
  ];
}
