/** What is done to a VM beside changing its object, through the API server as UIs and virtctl do it. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ApiError } from '../../src/kube/types.ts';
import { apply, vmAction, vmiAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';
import { localCluster } from './support/node.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const name = 'reach';
/** Where our test guest answers with its host name. */
const guestPort = 8080;
let cluster: TestCluster;
let flags: string[];

before(async () => {
  cluster = await testCluster('reach');
  flags = ['--kubeconfig', (await localCluster()).kubeconfig, '-n', cluster.namespace];
  await apply(cluster, guestVm({ name }));
  await cluster.untilPhase(name, ['Running']);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** The flags first, as many people write them. */
const vm = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, [main, 'vm', ...flags, ...args])).stdout;

const path = (what: string): string =>
  `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/${what}`;

async function onConsole(command: string): Promise<string> {
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  return await console.run(command);
}

test('port-forward reaches a port of the guest', async () => {
  await onConsole('true');
  const forward = spawn(process.execPath, [
    main,
    'vm',
    'port-forward',
    `vmi/${name}`,
    `0:${guestPort}`,
    ...flags,
  ]);
  let said = '';
  forward.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  try {
    const [, port] = await eventually('it listens', () =>
      Promise.resolve(/Forwarding from 127\.0\.0\.1:(\d+)/.exec(said) ?? undefined),
    );
    const answer = await eventually('the guest answers', async () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.end('GET / HTTP/1.0\r\n\r\n');
      return (await text(socket)).trim();
    });
    assert.match(answer, new RegExp(name));
  } finally {
    forward.kill();
  }
});

test('reset boots the guest anew in the same instance', async () => {
  const boot = 'cat /proc/sys/kernel/random/boot_id';
  const { uid } = (await cluster.vmi(name)).metadata;
  const earlier = await onConsole(boot);
  await vmiAction(cluster, name, 'reset');
  await eventually('another boot', async () => (await onConsole(boot)) !== earlier, 120_000);
  assert.equal((await cluster.vmi(name)).metadata.uid, uid);
});

test('without a guest agent its questions say so', async () => {
  for (const question of ['guestosinfo', 'userlist', 'fslist']) {
    await assert.rejects(vm(question, name), /VMI does not have guest agent connected/);
  }
});

test('what this release cannot do is answered with 501 and what to do instead', async () => {
  const asked = cluster.session.client.raw('PUT', path(`virtualmachines/${name}/migrate`), {});
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 501);
    return /stop the VM and start it again/.test(error.message);
  });
});

test('expand-spec shows what an instancetype comes to', async () => {
  await apply(cluster, {
    apiVersion: 'instancetype.kubevirt.io/v1beta1',
    kind: 'VirtualMachineInstancetype',
    metadata: { name: 'tiny' },
    spec: { cpu: { guest: 2 }, memory: { guest: '192Mi' } },
  });
  const sized = guestVm({ name: 'sized', runStrategy: 'Halted' }) as {
    spec: { instancetype?: object; template: { spec: { domain: { memory?: object } } } };
  };
  sized.spec.instancetype = { kind: 'VirtualMachineInstancetype', name: 'tiny' };
  delete sized.spec.template.spec.domain.memory;
  await apply(cluster, sized);
  const expanded = await cluster.session.client.raw<typeof sized>(
    'GET',
    path('virtualmachines/sized/expand-spec'),
  );
  assert.equal(expanded.spec.instancetype, undefined);
  assert.deepEqual(expanded.spec.template.spec.domain.memory, { guest: '192Mi' });
});

test('why names the first thing that stops a VM', async () => {
  assert.match(await vm('why', name), /nothing stops it/);
  await vmAction(cluster, name, 'stop');
  await cluster.untilGone(name);
  await eventually('it rests as was asked for', async () =>
    /VirtualMachine\b.*\n?.*nobody asked for it to run/.test(await vm('why', name)),
  );
});
