/**
 * libvirt's event loop, of which a process has one. It runs on a worker thread while any connection is open;
 * callbacks it makes reach JavaScript's thread in order, because the worker waits for each.
 */
import type { Libvirt } from './library.ts';

const never = -1;
const now = 0;

export interface EventLoop {
  /** Keeps the loop running until released. @param failed is called when the loop ends by itself. */
  hold(failed: (error: Error) => void): () => Promise<void>;
}

/** Registers libvirt's own implementation. To be called once a process, before the first connection. */
export function createEventLoop(libvirt: Libvirt): EventLoop {
  libvirt.registerDefaultImpl();
  // The only way to wake a loop that waits for descriptors is to give it something to do.
  const alarm = libvirt.addTimeout(never, libvirt.ignore, null, null);
  const holders = new Set<(error: Error) => void>();
  let running = false;
  /** Those who wait for the loop's end, or to hear that it goes on for somebody else. */
  const ending: (() => void)[] = [];
  const settle = (): void => {
    for (const done of ending.splice(0)) done();
  };

  const run = async (): Promise<void> => {
    running = true;
    // A worker inside libvirt would keep the process from exiting: wake it, and do not send it back.
    const onExit = (): void => libvirt.updateTimeout(alarm, now);
    process.on('exit', onExit);
    try {
      // One turn more than it is held: only then are connections freed that were closed in the turn before.
      for (let idleTurns = 0; idleTurns < 2; idleTurns = holders.size > 0 ? 0 : idleTurns + 1) {
        if ((await libvirt.runDefaultImpl()) < 0) throw new Error("libvirt's event loop failed");
      }
    } catch (error) {
      for (const failed of holders) failed(error instanceof Error ? error : new Error(String(error)));
      holders.clear();
    } finally {
      process.off('exit', onExit);
      libvirt.updateTimeout(alarm, never);
      running = false;
      settle();
    }
  };

  const release = async (failed: (error: Error) => void): Promise<void> => {
    holders.delete(failed);
    if (holders.size > 0 || !running) return;
    libvirt.updateTimeout(alarm, now);
    await new Promise<void>((resolve) => ending.push(resolve));
  };

  return {
    hold(failed) {
      const holder = (error: Error): void => failed(error);
      holders.add(holder);
      // It may just have been told to end.
      libvirt.updateTimeout(alarm, never);
      settle();
      if (!running) void run();
      return () => release(holder);
    },
  };
}
