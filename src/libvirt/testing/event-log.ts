/** Keeps a hypervisor's events and waits for one. */
import type { Hypervisor, HypervisorEvent } from '../types.ts';

export interface EventLog {
  all(): HypervisorEvent[];
  /** The first event, past or to come, that is looked for. */
  until(wanted: (event: HypervisorEvent) => boolean): Promise<HypervisorEvent>;
  end(): void;
}

export function eventLog(hypervisor: Pick<Hypervisor, 'subscribe'>): EventLog {
  const events: HypervisorEvent[] = [];
  const waiting = new Set<(event: HypervisorEvent) => void>();
  const end = hypervisor.subscribe((event) => {
    events.push(event);
    for (const waiter of waiting) waiter(event);
  });
  return {
    all: () => [...events],
    until: (wanted) =>
      new Promise((resolve) => {
        const past = events.find(wanted);
        if (past !== undefined) return resolve(past);
        const waiter = (event: HypervisorEvent): void => {
          if (!wanted(event)) return;
          waiting.delete(waiter);
          resolve(event);
        };
        waiting.add(waiter);
      }),
    end,
  };
}
