/** What reaches into a guest by its agent: probes, keys, passwords. One Debian guest, and a small one that dies. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Condition } from '../../src/api/types.ts';
import { apply, vmiAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { bootDebian, debianUserData } from './support/debian.ts';
import { eventually } from './support/eventually.ts';
import { guestMachine, openGuest } from './support/guest.ts';
import type { BootedGuest } from './support/guest.ts';
import { localCluster } from './support/node.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const name = 'deb';
const mortal = 'mortal';
const password = 'battery staple';
let cluster: TestCluster;
let guest: BootedGuest;
let folder: string;
const opened: AsyncDisposable[] = [];

before(async () => {
  cluster = await testCluster('agent');
  folder = await mkdtemp(join(tmpdir(), 'mv-agent-'));
  for (const key of ['old', 'new'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', join(folder, key)]);
  await apply(cluster, secret('team', { key: await publicKey('old') }));
  await apply(cluster, secret('passwords', { ann: `${password}\n` }));
  await apply(cluster, dying);
  guest = await bootDebian(cluster, {
    name,
    cloudInit: { cloudInitNoCloud: { userData: debianUserData(annToo) } },
    spec: {
      accessCredentials: [
        {
          sshPublicKey: {
            source: { secret: { secretName: 'team' } },
            propagationMethod: { qemuGuestAgent: { users: ['ann'] } },
          },
        },
        {
          userPassword: {
            source: { secret: { secretName: 'passwords' } },
            propagationMethod: { qemuGuestAgent: {} },
          },
        },
      ],
      readinessProbe: {
        exec: { command: ['sh', '-c', 'echo "asked $(id -un)"; test -e /run/ready'] },
        // The kubelet drops what it has to say of a pod after 25 times.
        initialDelaySeconds: 30,
        periodSeconds: 4,
        timeoutSeconds: 15,
        failureThreshold: 1,
      },
    },
  });
  opened.push(guest);
});

after(async () => {
  for (const each of opened) await each[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A user whom cloud-init makes without key or password. */
const annToo = `users:
  - default
  - { name: ann, shell: /bin/bash, lock_passwd: true }
`;

/** A guest that is killed when its agent goes. */
const dying = guestMachine({
  name: mortal,
  kernelArgs: 'agent',
  spec: {
    livenessProbe: {
      guestAgentPing: {},
      initialDelaySeconds: 20,
      periodSeconds: 1,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
  },
});

const secret = (of: string, stringData: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: of },
  stringData,
});

const publicKey = (key: string): Promise<string> => readFile(join(folder, `${key}.pub`), 'utf8');

async function condition(type: string): Promise<Condition | undefined> {
  const { status } = await cluster.vmi(name);
  return ((status?.conditions ?? []) as Condition[]).find((each) => each.type === type);
}

const untilReady = (status: string): Promise<unknown> =>
  eventually(`Ready is ${status}`, async () => (await condition('Ready'))?.status === status);

/** `whoami` of the user whom a key lets in; undefined for a key that is refused. */
async function loginWith(key: string): Promise<string | undefined> {
  const { kubeconfig } = await localCluster();
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'IdentitiesOnly=yes', 'LogLevel=ERROR'];
  const flags = ['-i', join(folder, key), '--known-hosts', '/dev/null', '-c', 'whoami'];
  const passed = options.flatMap((option) => ['-t', `-o${option}`]);
  const target = ['--kubeconfig', kubeconfig, '-n', cluster.namespace, `ann@vmi/${name}`];
  try {
    const { stdout } = await run(process.execPath, [main, 'vm', 'ssh', ...flags, ...passed, ...target]);
    return stdout.trim();
  } catch (error) {
    assert.match(String((error as { stderr?: string }).stderr), /Permission denied/);
    return undefined;
  }
}

const events = (of: string): Promise<string> =>
  cluster.kubectl('get', 'events', '--field-selector', `involvedObject.name=${of}`);

test('the guest is ready when a command in it says so', async () => {
  assert.equal((await condition('Ready'))?.status, 'False');
  const { metadata } = await cluster.launcherPod(name);
  await eventually('the kubelet repeats what the command said', async () =>
    (await events(metadata.name)).includes('Readiness probe failed: asked root'),
  );
  await guest.run('touch /run/ready');
  await untilReady('True');
  await guest.run('rm /run/ready');
  await untilReady('False');
  await guest.run('touch /run/ready');
  await untilReady('True');
});

test('the guest tells of itself', async () => {
  const { status } = await eventually('an address of the agent', async () => {
    const vmi = await cluster.vmi(name);
    return vmi.status?.interfaces?.[0]?.infoSource?.includes('guest-agent') && vmi;
  });
  assert.equal(status?.guestOSInfo?.id, 'debian');
  assert.equal((await condition('AgentConnected'))?.status, 'True');
  assert.equal(await condition('AgentVersionNotSupported'), undefined);
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachineinstances/${name}`;
  const info = JSON.parse(await cluster.kubectl('get', '--raw', `${path}/guestosinfo`)) as {
    hostname: string;
    fsInfo: { disks: { mountPoint: string }[] };
  };
  assert.equal(info.hostname, name);
  assert.ok(info.fsInfo.disks.some(({ mountPoint }) => mountPoint === '/'));
});

test('keys of a secret open the guest, and those that left it do not', async () => {
  await eventually('the guest has its credentials', async () => {
    return (await condition('AccessCredentialsSynchronized'))?.status === 'True';
  });
  assert.match(await events(name), /AccessCredentialsSyncSuccess/);
  assert.equal(await loginWith('old'), 'ann');
  assert.equal(await loginWith('new'), undefined);
  await apply(cluster, secret('team', { key: await publicKey('new') }));
  const { metadata } = await cluster.launcherPod(name);
  // The kubelet looks at once at a pod that changes, and else within a minute or two.
  await cluster.kubectl('annotate', 'pod', metadata.name, 'test/changed=yes');
  await eventually('the new key opens', async () => (await loginWith('new')) === 'ann', 120_000);
  assert.equal(await loginWith('old'), undefined);
});

test('file systems rest and go on, and the guest is not ready in between', async () => {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachineinstances/${name}`;
  await cluster.session.client.raw('PUT', `${path}/freeze`, { unfreezeTimeout: '5m' });
  await eventually('they rest', async () => (await cluster.vmi(name)).status?.fsFreezeStatus === 'frozen');
  // A command cannot be run where nothing may be written.
  await untilReady('False');
  await vmiAction(cluster, name, 'unfreeze');
  await eventually('they go on', async () => (await cluster.vmi(name)).status?.fsFreezeStatus === undefined);
  await untilReady('True');
});

test('the password of a secret lets its user log in on the console', async () => {
  const { console } = guest;
  console.send('exit\n');
  await console.expect(/\$ $/);
  console.send('exit\n');
  await console.expect(/login: $/);
  console.send('ann\n');
  await console.expect(/Password: $/);
  console.send(`${password}\n`);
  await console.expect(/ann@\S+:~\$ $/);
  const { metadata } = await cluster.launcherPod(name);
  const log = await cluster.kubectl('logs', metadata.name, '-c', 'compute');
  assert.ok(!log.includes(password) && !log.includes(Buffer.from(password).toString('base64')));
});

test('a guest whose agent goes is killed, and its VM begins anew', async () => {
  await using small = await openGuest(cluster, mortal);
  const { metadata } = small.vmi;
  const pod = (await cluster.launcherPod(mortal)).metadata.name;
  assert.doesNotMatch(await events(pod), /Liveness probe failed/);
  await small.run('killall agent');
  await cluster.untilReplaced(mortal, metadata.uid);
  assert.match(await events(pod), /Liveness probe failed: no guest agent is connected/);
});
