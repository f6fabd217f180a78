import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { unpausedGate } from '../../pod/names.ts';
import { podOf } from '../testing/cluster.ts';
import { createReadinessGates } from './readiness-gate.ts';

const start = Date.parse('2026-01-02T03:04:05Z');
const at = (seconds: number): Date => new Date(start + seconds * 1000);
const showing = (status: 'True' | 'False'): Pod =>
  podOf({ status: { conditions: [{ type: unpausedGate, status }] } });

function gates(): {
  written: string[];
  write: (pod: Pod, unpaused: boolean, seconds: number) => Promise<void>;
} {
  const written: string[] = [];
  const client = {
    apply: async (_resource: unknown, object: unknown) => {
      const { status } = object as { status: { conditions: { status: string }[] } };
      written.push(status.conditions[0]?.status ?? '');
    },
  } as unknown as Pick<KubeClient, 'apply'>;
  const all = createReadinessGates(client, 'test');
  return { written, write: (pod, unpaused, seconds) => all.write(pod, unpaused, at(seconds)) };
}

test('written once, however often the pod changes before the cache shows it', async () => {
  const { written, write } = gates();
  for (const seconds of [0, 1, 2]) await write(podOf(), true, seconds);
  await write(showing('True'), true, 3);
  assert.deepEqual(written, ['True']);
});

test('a change of mind is written at once', async () => {
  const { written, write } = gates();
  await write(podOf(), true, 0);
  await write(podOf(), false, 1);
  assert.deepEqual(written, ['True', 'False']);
});

test('a write that the cache never shows is written again', async () => {
  const { written, write } = gates();
  await write(podOf(), true, 0);
  await write(podOf(), true, 6);
  assert.deepEqual(written, ['True', 'True']);
});

test('what somebody else changed is put right', async () => {
  const { written, write } = gates();
  await write(podOf(), true, 0);
  await write(showing('True'), true, 6);
  await write(showing('False'), true, 7);
  assert.deepEqual(written, ['True', 'True']);
});

test('a pod without the gate is left alone', async () => {
  const { written, write } = gates();
  await write(podOf({ spec: { containers: [] } }), true, 0);
  assert.deepEqual(written, []);
});
