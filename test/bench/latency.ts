/** From create to Running and from delete to gone, for VMIs and for the same pods without a VM. */
import { pods, virtualMachineInstances } from '../../src/api/kinds.ts';
import type { Resource } from '../../src/api/kinds.ts';
import type { KubeObject, Pod, Vmi } from '../../src/api/types.ts';
import { createInformer } from '../../src/kube/informer.ts';
import type { ApiClient } from '../../src/kube/client.ts';

type Phased = KubeObject & { status?: { phase?: string } };

export interface Timings {
  /** Milliseconds from the create request to the moment the API server says Running, one an object. */
  running: number[];
  /** Milliseconds from the delete request until the object is gone, one an object. */
  gone: number[];
}

interface Subject {
  resource: Resource;
  /** The object of this name, ready to be created. */
  object: (name: string) => unknown;
}

/** VMIs whose guests start with their CPUs stopped, so that guest code costs nothing. */
export const vmiSubject = (object: (name: string) => unknown): Subject => ({
  resource: virtualMachineInstances,
  object,
});
export const podSubject = (object: (name: string) => unknown): Subject => ({ resource: pods, object });

/** Creates `count` objects at once, waits until all run, deletes them at once, waits until all are gone. */
export async function measure(
  client: ApiClient,
  namespace: string,
  subject: Subject,
  count: number,
): Promise<Timings> {
  const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
  const stop = new AbortController();
  const informer = createInformer<Phased & (Pod | Vmi)>(client, subject.resource, { namespace });
  const waits = names.map((name) => ({
    name,
    running: Promise.withResolvers<number>(),
    gone: Promise.withResolvers<number>(),
  }));
  const byName = new Map(waits.map((wait) => [wait.name, wait]));
  informer.onChange((change) => {
    const wait = byName.get(change.object.metadata.name);
    if (change.type === 'deleted') wait?.gone.resolve(performance.now());
    else if (change.object.status?.phase === 'Running') wait?.running.resolve(performance.now());
  });
  const watching = informer.run(stop.signal);
  await informer.synced;
  try {
    const created = await timed(names, (name) => client.create(subject.resource, subject.object(name)));
    const runningAt = await Promise.all(waits.map((wait) => wait.running.promise));
    const deleted = await timed(names, (name) => client.delete(subject.resource, { namespace, name }));
    const goneAt = await Promise.all(waits.map((wait) => wait.gone.promise));
    return { running: since(created, runningAt), gone: since(deleted, goneAt) };
  } finally {
    stop.abort();
    await watching;
  }
}

/** Starts one request an object, all at once; returns when each was sent. */
async function timed(
  names: readonly string[],
  request: (name: string) => Promise<unknown>,
): Promise<number[]> {
  return Promise.all(
    names.map(async (name) => {
      const start = performance.now();
      await request(name);
      return start;
    }),
  );
}

const since = (starts: readonly number[], ends: readonly number[]): number[] =>
  starts.map((start, index) => (ends[index] ?? Number.NaN) - start);
