/** Consoles that last: the log of the serial port, sessions that follow each other, the screen and its pictures. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { streamProtocol } from '../../src/cli/stream.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest, openGuest } from './support/guest.ts';
import { killOn, localCluster } from './support/node.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const name = 'talker';
/** A connection that ended without a closing frame, which virtctl explains to its user. */
const abnormal = 1006;
let cluster: TestCluster;
let pod: string;
let node: string;

before(async () => {
  cluster = await testCluster('consoles');
  const devices = { logSerialConsole: true };
  await using guest = await bootGuest(cluster, { name, devices, kernelArgs: 'console=tty0 console=ttyS0' });
  node = guest.vmi.status?.nodeName ?? '';
  pod = (await cluster.launcherPod(name)).metadata.name;
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const logs = (container: string): Promise<string> => cluster.kubectl('logs', pod, '-c', container);

/** Waits until the log of a container has a line of exactly this text. */
const logged = (container: string, line: string): Promise<boolean> =>
  eventually(`${container} logs ${line}`, async () => (await logs(container)).split('\n').includes(line));

interface Stream {
  socket: WebSocket;
  /** What it has got so far. */
  text(): string;
  /** Settles with the code of its end. */
  ended: Promise<number>;
}

/** Opens a stream of the VMI as UIs do; rejects with the server's answer when it is refused. */
async function open(what: string): Promise<Stream> {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachineinstances/${name}/${what}`;
  const { session } = cluster;
  const socket = new WebSocket(session.streamUrl(path), streamProtocol, await session.webSocket());
  const chunks: Buffer[] = [];
  socket.on('message', (data: Buffer) => void chunks.push(data));
  const ended = once(socket, 'close').then(([code]) => code as number);
  ended.catch(() => undefined);
  await once(socket, 'open');
  return { socket, ended, text: () => Buffer.concat(chunks).toString('latin1') };
}

test('the log has the boot, the login prompt and what is said on the console, in both places', async () => {
  await using guest = await openGuest(cluster, name);
  assert.equal(await guest.run('echo said "while watched"'), 'said while watched');
  await logged('guest-console-log', 'said while watched');
  await logged('compute', 'guest: said while watched');
  const own = await logs('guest-console-log');
  assert.match(own, /^monovirt-guest ready$/m);
  assert.match(own, /^\S+ login: /m);
  for (const line of (await cluster.kubectl('logs', pod)).trimEnd().split('\n')) {
    if (!line.startsWith('guest: ')) assert.equal((JSON.parse(line) as { role: string }).role, 'launcher');
  }
});

test('the log goes on while nobody watches', async () => {
  {
    await using guest = await openGuest(cluster, name);
    await guest.run('(sleep 2; echo said "unwatched" >/dev/ttyS0) & true');
  }
  await logged('guest-console-log', 'said unwatched');
});

test('a second console ends the first, which is told so, and has the guest to itself', async () => {
  const first = await open('console');
  const second = await open('console');
  assert.equal(await first.ended, abnormal);
  assert.match(first.text(), /Somebody else has opened this console/);
  second.socket.send(Buffer.from('echo still "here"\n'));
  await eventually('the second is answered', () => Promise.resolve(second.text().includes('still here')));
  assert.doesNotMatch(first.text(), /still here/);
  second.socket.terminate();
});

for (const [what, pattern] of [
  ['node agent', 'monovirt --role node-agent'],
  ['controller', 'monovirt --role controller'],
] as const) {
  test(`a console that lost its ${what} is opened again, and the guest has run on`, async () => {
    const lost = await open('console');
    const boot = async (): Promise<string> => {
      await using guest = await openGuest(cluster, name);
      return await guest.run('cat /proc/sys/kernel/random/boot_id');
    };
    const earlier = await boot();
    assert.equal(await lost.ended, abnormal);
    const cut = await open('console');
    await killOn(node, pattern);
    await cut.ended;
    assert.equal(await eventually('the console is there again', boot, 90_000), earlier);
  });
}

/** Greets as a viewer does, as far as the server's list of ways to authenticate: the API server did that. */
async function openScreen(query = ''): Promise<Stream> {
  const stream = await open(`vnc${query}`);
  await eventually('the banner', () => Promise.resolve(stream.text() === 'RFB 003.008\n'));
  stream.socket.send(Buffer.from('RFB 003.008\n'));
  await eventually('no password is asked for', () => Promise.resolve(stream.text().endsWith('\n\x01\x01')));
  return stream;
}

test('the screen asks for no password, and goes to the newest viewer unless that spares others', async () => {
  const first = await eventually('the screen', () => openScreen());
  await assert.rejects(open('vnc?preserveSession=true'), /503/);
  assert.equal(first.socket.readyState, WebSocket.OPEN);
  const second = await openScreen();
  assert.equal(await first.ended, abnormal);
  assert.equal(second.socket.readyState, WebSocket.OPEN);
  second.socket.terminate();
  const spared = await eventually('nobody watches any more', () => openScreen('?preserveSession=true'));
  spared.socket.terminate();
});

test('who may not see a VM sees neither console nor screen', async () => {
  for (const what of ['console', 'vnc', 'vnc/screenshot']) {
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/virtualmachineinstances/${name}/${what}`;
    const asked = cluster.kubectl(
      'get',
      '--raw',
      path,
      '--as',
      'stranger',
      '--as-group',
      'system:authenticated',
    );
    await assert.rejects(asked, /[Ff]orbidden/);
  }
});

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

async function picture(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'monovirt-screen-'));
  try {
    const file = join(folder, 'screen.png');
    const { kubeconfig } = await localCluster();
    const flags = ['--kubeconfig', kubeconfig, '-n', cluster.namespace];
    await run(process.execPath, [main, 'vm', ...flags, 'vnc', 'screenshot', name, '--file', file]);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a picture of the screen shows what the guest has printed since', async () => {
  const earlier = await picture();
  assert.deepEqual(earlier.subarray(0, 8), pngSignature);
  const [width, height] = [earlier.readUInt32BE(16), earlier.readUInt32BE(20)];
  assert.ok(width >= 640 && height >= 400, `${width}×${height}`);
  {
    await using guest = await openGuest(cluster, name);
    await guest.run('for i in 1 2 3 4 5 6 7 8; do echo MMMMMMMMMMMMMMMMMMMMMMMMMMMMMM >/dev/tty1; done');
  }
  await eventually('the picture is another one', async () => !(await picture()).equals(earlier));
});

test('the log of a guest that has ended stays as long as its VMI', async () => {
  {
    await using guest = await openGuest(cluster, name);
    guest.console.send('echo said "at the end"; poweroff -f\n');
    await guest.console.expect(/said at the end/);
  }
  await cluster.untilPhase(name, ['Succeeded']);
  await eventually(
    'the pod has ended',
    async () => (await cluster.launcherPod(name)).status?.phase === 'Succeeded',
  );
  await logged('guest-console-log', 'said at the end');
  await logged('compute', 'guest: said at the end');
});
