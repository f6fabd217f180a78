/** The command line as a person uses it: VMs listed, driven and seen, also as a kubectl plugin. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';
import { localCluster } from './support/node.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const name = 'cli';
let cluster: TestCluster;
let flags: string[];

before(async () => {
  cluster = await testCluster('cli');
  flags = ['--kubeconfig', (await localCluster()).kubeconfig, '-n', cluster.namespace];
  await apply(cluster, guestVm({ name, runStrategy: 'Manual' }));
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const vm = async (...args: string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [main, 'vm', ...args, ...flags]);
  return stdout;
};

test('vm start, list, pause, unpause and stop say and do what they should', async () => {
  assert.equal(await vm('start', name), `VM ${name} was scheduled to start\n`);
  await cluster.untilPhase(name, ['Running']);
  await eventually('the list shows it running', async () =>
    /\bcli\s+Running\s+True\s+Running\s+\d+\./.test(await vm('list')),
  );
  assert.equal(await vm('pause', name), `VMI ${name} was paused\n`);
  await eventually('the list shows it paused', async () => /\bcli\s+Paused\s/.test(await vm('list')));
  assert.equal(await vm('unpause', name), `VMI ${name} was unpaused\n`);
});

test('a refusal is told in the API server’s words, with a code other than 0', async () => {
  await assert.rejects(vm('start', name), (error: Error & { stderr: string; code: number }) => {
    assert.match(error.stderr, /VM is already running/);
    return error.code === 1;
  });
});

test('vm console types into the guest', async () => {
  const child = spawn(process.execPath, [main, 'vm', 'console', name, ...flags]);
  let seen = '';
  child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
  await eventually('the guest shows a prompt', async () => {
    child.stdin.write('\n');
    return /login:/.test(seen);
  });
  child.stdin.write('\u001d');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0, 'Ctrl+] leaves');
});

test('vm vnc offers the screen on a local port', async () => {
  const child = spawn(process.execPath, [main, 'vm', 'vnc', name, '--proxy-only', ...flags]);
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const port = await eventually('the port is told', async () => /127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    const viewer = connect(Number(port), '127.0.0.1');
    const [greeting] = (await once(viewer, 'data')) as [Buffer];
    assert.match(greeting.toString(), /^RFB 003\.008\n/);
    viewer.destroy();
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

test('as kubectl-virt on the PATH it is a kubectl plugin', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'monovirt-plugin-'));
  try {
    const { kubectl, config } = await localCluster();
    // The executable that `make up` built for the image.
    await symlink(join(config.cacheDir, 'images/work/monovirt'), join(folder, 'kubectl-virt'));
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const { stdout } = await run(kubectl, ['virt', 'list', ...flags], { env });
    assert.match(stdout, /^NAME\s+STATUS\s+READY/);
    assert.match(stdout, new RegExp(`^${name}\\s`, 'm'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('vm stop shuts it down', async () => {
  assert.equal(await vm('stop', name), `VM ${name} was scheduled to stop\n`);
  await cluster.untilGone(name);
});
