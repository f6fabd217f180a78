/** Registers for a connection's events and hands them out as `HypervisorEvent`. */
import type { HypervisorEvent } from '../types.ts';
import type { Lane } from './lanes.ts';
import type { Libvirt } from './library.ts';
import { asNumber, asText } from './native.ts';
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
  /** @param parameters C types between the domain and the opaque pointer. */
  const on = (
    id: number,
    parameters: string,
    event: (who: { uuid: string; name: string }, values: unknown[]) => HypervisorEvent,
  ): Callback => {
    const type = koffi.proto(`void (void *conn, void *dom, ${parameters} void *opaque)`);
    const callback = (_connection: unknown, domain: Pointer, ...values: unknown[]): void =>
      emit(event(who(domain), values));
    return { id, address: koffi.register(callback, koffi.pointer(type)) };
  };
  return [
    // In C this one gives an int, which nothing reads.
    on(eventIds.lifecycle, 'int event, int detail,', (subject, [event, detail]) => ({
      type: 'lifecycle',
      ...subject,
      event: lifecycleEvent(asNumber(event)),
      detail: asNumber(detail),
    })),
    on(eventIds.reboot, '', (subject) => ({ type: 'reboot', ...subject })),
    on(
      eventIds.ioErrorReason,
      'const char *path, const char *device, int action, const char *reason,',
      (subject, [, device, action, reason]) => ({
        type: 'ioError',
        ...subject,
        device: asText(device) ?? '',
        action: ioErrorAction(asNumber(action)),
        reason: asText(reason) ?? '',
      }),
    ),
    on(eventIds.agentLifecycle, 'int state, int reason,', (subject, [state]) => ({
      type: 'agent',
      ...subject,
      connected: asNumber(state) === agentConnected,
    })),
  ];
}
