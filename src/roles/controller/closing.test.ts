import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventRecorder } from '../../kube/events.ts';
import type { KubeClient } from '../../kube/types.ts';
import { close } from './closing.ts';

const vm = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { namespace: 'a', name: 'b', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
};

for (const row of [
  { name: 'what was recorded last is told while the server still serves', answers: true },
  { name: 'an API server that does not answer holds nobody up', answers: false },
]) {
  test(row.name, async () => {
    const telling = new AbortController();
    const done: string[] = [];
    const client = {
      create: async (_resource: unknown, object: typeof vm) => {
        if (!row.answers) await Promise.withResolvers<void>().promise;
        done.push('told');
        return object;
      },
    } as unknown as KubeClient;
    const events = createEventRecorder(client, { component: 'virt-controller' }, telling.signal);
    events.record(vm, 'Normal', 'SuccessfulCreate', 'created');
    await close({
      server: {
        close: () => {
          done.push('closed');
          return Promise.resolve();
        },
      },
      events,
      telling,
      farewell: () => {
        done.push('farewell');
        return Promise.resolve();
      },
      drainMs: 0,
      tellMs: row.answers ? 60_000 : 1,
    });
    assert.deepEqual(done.toSorted(), row.answers ? ['closed', 'farewell', 'told'] : ['closed', 'farewell']);
    assert.equal(done.at(-1), 'closed');
    assert.equal(telling.signal.aborted, true);
  });
}
