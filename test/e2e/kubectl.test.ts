/** What users of kubectl know works on virtual machines as on everything else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { execute } from '../../src/localcluster/exec.ts';
import { apply, vmAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { guestTemplate, guestVm } from './support/manifests.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('kubectl');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('explain says what a field is for', async () => {
  const text = await cluster.kubectl('explain', 'vm.spec.template.spec.domain.devices');
  for (const field of ['disks', 'interfaces', 'tpm', 'watchdog'])
    assert.match(text, new RegExp(`\\b${field}\\b`));
  assert.match(text, /DESCRIPTION:\s+\w+/);
});

test('server-side dry run judges and keeps nothing', async () => {
  const input = JSON.stringify(guestVm({ name: 'dry' }));
  const ok = await execute([...cluster.kubectlCommand, 'apply', '--dry-run=server', '-f', '-'], { input });
  assert.equal(ok.code, 0, ok.stderr);
  const bad = JSON.stringify({
    ...guestVm({ name: 'dry' }),
    spec: { runStrategy: 'Sometimes', template: {} },
  });
  const refused = await execute([...cluster.kubectlCommand, 'apply', '--dry-run=server', '-f', '-'], {
    input: bad,
  });
  assert.match(refused.stderr, /Invalid RunStrategy/);
  assert.equal((await cluster.kubectl('get', 'vm', '-o', 'name')).trim(), '');
});

test('server-side apply twice changes nothing, though the VM was started in between', async () => {
  const serverSide = async (): Promise<void> => {
    const input = JSON.stringify(guestVm({ name: 'applied', runStrategy: 'Manual', startPaused: true }));
    const { code, stderr } = await execute(
      [...cluster.kubectlCommand, 'apply', '--server-side', '--field-manager=gitops', '-f', '-'],
      { input },
    );
    assert.equal(code, 0, stderr);
  };
  await serverSide();
  await vmAction(cluster, 'applied', 'start');
  await cluster.untilPhase('applied', ['Running']);
  const earlier = await cluster.vm('applied');
  await serverSide();
  const { metadata, spec } = await cluster.vm('applied');
  assert.equal(metadata.generation, earlier.metadata.generation);
  assert.deepEqual(spec, earlier.spec);
});

test('wait sees a VM become ready', async () => {
  await apply(cluster, guestVm({ name: 'awaited' }));
  await cluster.kubectl('wait', '--for=condition=Ready', 'vm/awaited', '--timeout=120s');
  await cluster.kubectl(
    'wait',
    '--for=jsonpath={.status.printableStatus}=Running',
    'vm/awaited',
    '--timeout=10s',
  );
  assert.equal((await cluster.vmi('awaited')).status?.phase, 'Running');
});

test('get --watch shows a VM stop and start', async () => {
  const [program = '', ...rest] = cluster.kubectlCommand;
  const watch = spawn(program, [...rest, 'get', 'vm', 'awaited', '--watch', '--no-headers'], {
    stdio: 'pipe',
  });
  const lines: string[] = [];
  watch.stdout.on('data', (chunk: Buffer) =>
    lines.push(...chunk.toString('utf8').split('\n').filter(Boolean)),
  );
  const shown = (status: string): Promise<true> =>
    eventually(
      `a line says ${status}`,
      () => Promise.resolve(lines.some((line) => line.includes(status)) || undefined),
      120_000,
    ).then(() => true);
  try {
    await shown('Running');
    await vmAction(cluster, 'awaited', 'stop');
    await shown('Stopped');
    await vmAction(cluster, 'awaited', 'start');
    await shown('Starting');
  } finally {
    watch.kill();
  }
});

test('scale makes a replica set grow and shrink', async () => {
  const labels = { app: 'scaled' };
  await apply(cluster, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceReplicaSet',
    metadata: { name: 'scaled' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: guestTemplate({
        name: 'scaled',
        labels,
        startPaused: true,
        terminationGracePeriodSeconds: 0,
      }),
    },
  });
  const untilCount = (count: number): Promise<unknown> =>
    eventually(
      `${count} instances run`,
      async () => {
        const wide = await cluster.kubectl('get', 'vmi', '-l', 'app=scaled', '--no-headers');
        const running = wide.split('\n').filter((line) => line.includes('Running'));
        const set = await cluster.kubectl('get', 'vmirs', 'scaled', '-o', 'jsonpath={.status.replicas}');
        if (running.length !== count || set !== String(count)) throw new Error(`${wide}; status ${set}`);
        return true;
      },
      120_000,
    );
  await untilCount(1);
  await cluster.kubectl('scale', 'vmirs', 'scaled', '--replicas=3');
  await untilCount(3);
  await cluster.kubectl('scale', 'vmirs', 'scaled', '--replicas=0');
  await untilCount(0);
});

test('deleting with orphans leaves the guest running, and a new VM of the name adopts it', async () => {
  await apply(cluster, guestVm({ name: 'orphan', startPaused: true }));
  const { metadata } = await cluster.untilPhase('orphan', ['Running']);
  await cluster.kubectl('delete', 'vm', 'orphan', '--cascade=orphan');
  const left = await cluster.vmi('orphan');
  assert.equal(left.metadata.uid, metadata.uid);
  assert.equal(left.metadata.deletionTimestamp, undefined);
  await apply(cluster, guestVm({ name: 'orphan', startPaused: true }));
  const { uid } = (await cluster.vm('orphan')).metadata;
  await eventually('the new VM owns the instance', async () => {
    const { metadata: now } = await cluster.vmi('orphan');
    return now.uid === metadata.uid && now.ownerReferences?.some((owner) => owner.uid === uid);
  });
});
