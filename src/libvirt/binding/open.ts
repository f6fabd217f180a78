/** Opens a `Hypervisor` on libvirt and ends it again. */
import type { Hypervisor, HypervisorEvent, OpenOptions } from '../types.ts';
import { hypervisorCalls } from './calls.ts';
import { registerEvents } from './domain-events.ts';
import { laneOn, Lanes } from './lanes.ts';
import type { Pointer } from './native.ts';
import { runtime } from './runtime.ts';
import type { Runtime } from './runtime.ts';

const keepAliveCount = 5;

/**
 * Connects to libvirt. Nothing of it is loaded before the first call.
 * @throws LibvirtError `LibvirtUnavailable` or `KoffiUnavailable` (never to be retried), or why the daemon
 * does not answer.
 */
export async function openLibvirt(options: OpenOptions): Promise<Hypervisor> {
  const shared = await runtime();
  const listeners = new Set<(event: HypervisorEvent) => void>();
  const emit = (event: HypervisorEvent): void => {
    for (const listener of listeners) listener(event);
  };
  let lanes: Lanes | undefined;
  let lost = false;
  const onEvent = (event: HypervisorEvent): void => {
    if (event.type === 'closed') {
      // The library tells a lost connection once, and a failed event loop may tell it again.
      if (lost) return;
      lost = true;
      lanes?.refuse('is lost');
    }
    emit(event);
  };
  const release = shared.loop.hold(() => onEvent({ type: 'closed', reason: 'error' }));
  try {
    const first = await shared.open(options.uri);
    const unregister = await prepare(shared, first, { options, onEvent });
    lanes = new Lanes(shared, options.uri, first);
    return assemble(shared, lanes, { listeners, end: unregister, release });
  } catch (error) {
    await release();
    throw error;
  }
}

/** Watches a new connection; closes it when that fails. */
async function prepare(
  shared: Runtime,
  connection: Pointer,
  { options, onEvent }: { options: OpenOptions; onEvent: (event: HypervisorEvent) => void },
): Promise<() => Promise<void>> {
  const lane = laneOn(shared, connection);
  const seconds = options.keepAliveSeconds ?? 0;
  try {
    if (seconds > 0)
      await lane.number(
        'watch the connection',
        shared.libvirt.setKeepAlive(connection, seconds, keepAliveCount),
      );
    return await registerEvents(shared.libvirt, lane, onEvent);
  } catch (error) {
    await shared.libvirt.close(connection);
    throw error;
  }
}

interface Ending {
  listeners: Set<(event: HypervisorEvent) => void>;
  /** Ends the registrations. */
  end: () => Promise<void>;
  /** Lets the event loop stop. */
  release: () => Promise<void>;
}

function assemble(shared: Runtime, lanes: Lanes, { listeners, end, release }: Ending): Hypervisor {
  let closing: Promise<void> | undefined;
  const closeNow = async (): Promise<void> => {
    listeners.clear();
    lanes.refuse('was closed');
    await lanes.close(end);
    await release();
  };
  const close = (): Promise<void> => (closing ??= closeNow());
  return {
    ...hypervisorCalls(shared.libvirt, lanes),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
