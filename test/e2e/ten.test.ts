/** Ten VMs with two disks each at once: all start, all stop by themselves, and nothing of them is left on the node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { persistentVolumeClaims, virtualMachines } from '../../src/api/kinds.ts';
import type { Vm } from '../../src/api/types.ts';
import { apply } from './support/actions.ts';
import { claim } from './support/claims.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { guestMachine, openGuest } from './support/guest.ts';
import { belongings, untilAsBefore } from './support/leftovers.ts';
import type { Belongings } from './support/leftovers.ts';
import { localCluster } from './support/node.ts';

let cluster: TestCluster;
const names = Array.from({ length: 10 }, (_, index) => `vm${index}`);
const earlier = new Map<string, Belongings>();

before(async () => {
  cluster = await testCluster('ten');
  for (const node of (await localCluster()).nodes) earlier.set(node, await belongings(node));
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** Longer than all of them take: a guest that had to be killed would show in the time. */
const graceSeconds = 300;

function machine(name: string): object {
  return guestMachine({
    name,
    disks: ['data', 'scratch'].map((serial) => ({ name: serial, serial, disk: { bus: 'virtio' } })),
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: name } },
      { name: 'scratch', emptyDisk: { capacity: '8Mi' } },
    ],
    spec: { terminationGracePeriodSeconds: graceSeconds },
  });
}

test('ten VMs with two disks each start at once', { timeout: 300_000 }, async () => {
  const items = [...names.map((name) => claim(name, '4Mi')), ...names.map(machine)];
  await apply(cluster, { apiVersion: 'v1', kind: 'List', items });
  for (const name of names) await cluster.untilPhase(name, ['Running'], 180_000);
  for (const name of names) {
    await using guest = await openGuest(cluster, name);
    assert.equal(
      await guest.run('cat /sys/block/vda/serial; echo; cat /sys/block/vdb/serial'),
      'data\nscratch',
    );
    await guest.run(`echo ${name} >/dev/vda; sync`);
  }
});

test('all stop, each by itself', { timeout: 240_000 }, async () => {
  const patch = JSON.stringify({ spec: { runStrategy: 'Halted' } });
  await Promise.all(
    names.map((name) => cluster.kubectl('patch', 'vm', name, '--type', 'merge', '-p', patch)),
  );
  await eventually(
    'all are stopped',
    async () => {
      const { items } = await cluster.session.client.list<Vm>(virtualMachines, {
        namespace: cluster.namespace,
      });
      return items.every(({ status }) => status?.printableStatus === 'Stopped');
    },
    120_000,
  );
  await Promise.all(names.map((name) => cluster.untilGone(name)));
});

test('nothing of them is left on the node', async () => {
  await cluster.kubectl('delete', 'vm,pvc', '--all', '--wait=true', '--timeout=60s');
  await eventually('the claims are gone', async () => {
    const { items } = await cluster.session.client.list(persistentVolumeClaims, {
      namespace: cluster.namespace,
    });
    return items.length === 0;
  });
  for (const [node, then] of earlier) await untilAsBefore(node, then);
});
