/**
 * What cloud-init and QEMU's guest agent make of a guest that people use: Debian. Two guests boot side by side, one told
 * by NoCloud, one by a configuration drive.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { apply, vmiAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { bootDebian, debianUserData, openDebian } from './support/debian.ts';
import type { DebianOptions } from './support/debian.ts';
import { eventually } from './support/eventually.ts';
import type { BootedGuest } from './support/guest.ts';
import { localCluster } from './support/node.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const name = 'nocloud';
const drive = 'drive';
const macAddress = '02:00:00:de:b1:a0';

let cluster: TestCluster;
let flags: string[];
let folder: string;
let guest: BootedGuest;
/** Settled when the other guest's console is open; a failure shows in the test that uses it. */
let other: Promise<BootedGuest>;

before(async () => {
  [cluster, folder] = await Promise.all([testCluster('debian'), mkdtemp(join(tmpdir(), 'monovirt-e2e-'))]);
  flags = ['--kubeconfig', (await localCluster()).kubeconfig, '-n', cluster.namespace];
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  const key = await readFile(join(folder, 'key.pub'), 'utf8');
  await secret('key', { key });
  await secret('user', { userdata: debianUserData('hostname: chosen\n') });
  await secret('network', { networkdata: JSON.stringify(networkData) });
  other = bootDebian(cluster, driveGuest());
  other.catch(() => undefined);
  guest = await bootDebian(cluster, noCloudGuest());
});

after(async () => {
  // The consoles end with their guests.
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const secret = (secretName: string, stringData: Record<string, string>): Promise<string> =>
  apply(cluster, { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData });

/** Gives the NIC a name, an address and a route that DHCP would not. */
const networkData = {
  version: 2,
  ethernets: {
    chosen: {
      match: { macaddress: macAddress },
      'set-name': 'lan0',
      addresses: ['10.0.2.2/24', '192.0.2.7/24'],
      routes: [
        { to: '0.0.0.0/0', via: '10.0.2.1', metric: 77 },
        { to: '198.51.100.0/24', via: '10.0.2.1' },
      ],
    },
  },
};

const openStackNetwork = {
  links: [{ id: 'link', type: 'phy', ethernet_mac_address: macAddress }],
  networks: [
    {
      id: 'net',
      type: 'ipv4',
      link: 'link',
      ip_address: '10.0.2.2',
      netmask: '255.255.255.0',
      routes: [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.2.1' }],
    },
    { id: 'more', type: 'ipv4', link: 'link', ip_address: '192.0.2.8', netmask: '255.255.255.0' },
  ],
  services: [],
};

const interfaces = [{ name: 'default', macAddress, masquerade: {} }];

const withKey = (propagationMethod: object): object => ({
  accessCredentials: [{ sshPublicKey: { source: { secret: { secretName: 'key' } }, propagationMethod } }],
});

const noCloudGuest = (): DebianOptions => ({
  name,
  interfaces,
  cloudInit: {
    cloudInitNoCloud: { secretRef: { name: 'user' }, networkDataSecretRef: { name: 'network' } },
  },
  spec: withKey({ noCloud: {} }),
});

const driveGuest = (): DebianOptions => ({
  name: drive,
  interfaces,
  cloudInit: {
    cloudInitConfigDrive: {
      userDataBase64: Buffer.from(debianUserData()).toString('base64'),
      networkData: JSON.stringify(openStackNetwork),
    },
  },
  spec: withKey({ configDrive: {} }),
});

const virt = async (...args: string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [main, 'vm', ...args, ...flags]);
  return stdout;
};

/** Runs a command in a guest as a user does from their desk: `kubectl virt ssh`. */
const ssh = (vmi: string, command: string): Promise<string> =>
  virt(
    'ssh',
    `debian@vmi/${vmi}`,
    '--identity-file',
    join(folder, 'key'),
    '--known-hosts',
    join(folder, 'known-hosts'),
    '--local-ssh-opts=-oStrictHostKeyChecking=accept-new',
    '--command',
    command,
  );

test('NoCloud: user, password and host name of the secret are in effect', async () => {
  // The console's log-in took user and password.
  assert.match(await guest.run('cloud-init status --wait', 120_000), /status: done/);
  assert.equal(await guest.run('cloud-id'), 'nocloud');
  assert.equal(await guest.run('hostname'), 'chosen');
  assert.match(await guest.run('id debian'), /sudo/);
});

test('NoCloud: the NIC has the name, the addresses and the routes of the network data', async () => {
  assert.equal(await guest.run('cat /sys/class/net/lan0/address'), macAddress);
  const addresses = await guest.run('ip -4 -o addr show dev lan0');
  assert.match(addresses, /inet 10\.0\.2\.2\/24 /);
  assert.match(addresses, /inet 192\.0\.2\.7\/24 /);
  const routes = await guest.run('ip route');
  assert.match(routes, /default via 10\.0\.2\.1 dev lan0 proto static metric 77/);
  assert.match(routes, /198\.51\.100\.0\/24 via 10\.0\.2\.1 dev lan0/);
  assert.doesNotMatch(routes, /proto dhcp/);
});

test('NoCloud: `kubectl virt ssh` logs in with the key of the secret and runs a command', async () => {
  assert.equal(await ssh(name, 'echo $(id -un) on $(hostname)'), 'debian on chosen\n');
});

test('a configuration drive gives user, password, key, host name and network too', async () => {
  const second = await other;
  assert.match(await second.run('cloud-init status --wait', 120_000), /status: done/);
  assert.equal(await second.run('cloud-id'), 'configdrive');
  assert.equal(await second.run('hostname'), drive);
  assert.match(await second.run('ip -4 -o addr'), /inet 192\.0\.2\.8\/24 /);
  assert.equal(await ssh(drive, 'hostname'), `${drive}\n`);
});

test('the agent is connected, and the status shows what it says', async () => {
  const { status } = await eventually(
    'the agent is connected and its answers are in the status',
    async () => {
      const vmi = await cluster.vmi(name);
      const connected = vmi.status?.conditions?.some(
        (condition) => condition.type === 'AgentConnected' && condition.status === 'True',
      );
      return connected === true && vmi.status?.guestOSInfo?.name !== undefined && vmi;
    },
  );
  assert.equal(status?.guestOSInfo?.name, 'Debian GNU/Linux');
  assert.equal(status?.guestOSInfo?.id, 'debian');
  await eventually('the NIC shows what the agent says of it', async () => {
    const [nic] = (await cluster.vmi(name)).status?.interfaces ?? [];
    assert.equal(nic?.interfaceName, 'lan0');
    assert.match(nic?.infoSource ?? '', /domain.*guest-agent/);
    return true;
  });
});

test('guestosinfo, userlist and fslist show Debian, who is logged in and the root file system', async () => {
  const osInfo = JSON.parse(await virt('guestosinfo', name)) as { hostname: string; os: { name: string } };
  assert.equal(osInfo.hostname, 'chosen');
  assert.equal(osInfo.os.name, 'Debian GNU/Linux');
  const users = JSON.parse(await virt('userlist', name)) as { items: { userName: string }[] };
  assert.ok(
    users.items.some(({ userName }) => userName === 'debian'),
    JSON.stringify(users),
  );
  const files = JSON.parse(await virt('fslist', name)) as {
    items: { mountPoint: string; fileSystemType: string }[];
  };
  assert.ok(
    files.items.some(({ mountPoint, fileSystemType }) => mountPoint === '/' && fileSystemType === 'ext4'),
    JSON.stringify(files),
  );
});

const freezeStatus = async (): Promise<string | undefined> =>
  (await cluster.vmi(name)).status?.fsFreezeStatus;

test('frozen, the guest writes nothing until it is thawed', async () => {
  await vmiAction(cluster, name, 'freeze', { unfreezeTimeout: '5m0s' });
  await eventually('the status shows it frozen', async () => (await freezeStatus()) === 'frozen');
  guest.console.send('date +%s%N >/root/stamp && echo wri""tten\n');
  await assert.rejects(guest.console.expect(/written/, 3000), /no \/written\//);
  await vmiAction(cluster, name, 'unfreeze');
  await guest.console.expect(/written/);
  await guest.console.expect(/# $/);
  await eventually('the status shows it thawed', async () => (await freezeStatus()) !== 'frozen');
});

test('a soft reboot boots the guest again, in the same pod', async () => {
  const boot = 'cat /proc/sys/kernel/random/boot_id';
  const [first, pod] = [await guest.run(boot), await cluster.launcherPod(name)];
  await guest.run('echo kept >/root/kept && sync');
  await vmiAction(cluster, name, 'softreboot');
  await guest.console.expect(/login: $/, 300_000);
  await guest[Symbol.asyncDispose]();
  guest = await openDebian(cluster, name);
  assert.notEqual(await guest.run(boot), first);
  assert.equal(await guest.run('cat /root/kept'), 'kept');
  assert.equal((await cluster.launcherPod(name)).metadata.uid, pod.metadata.uid);
});
