import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { maxLineBytes } from '../../launcher/protocol.ts';
import { FakeLauncher } from '../testing/fake-launcher.ts';
import { ControlConnection } from './control.ts';
import { connectSocket, socketDirOf, waitForSocket } from './open-socket.ts';
import { cgroupsName, openPodNamespace, peerOf } from './peer.ts';
import { openStream } from './stream.ts';

const signal = AbortSignal.timeout(20_000);
const isRoot = process.getuid?.() === 0;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'launcher-client-'));
});
after(async () => {
  await rm(directory, { recursive: true });
});

const listen = (path: string, serve: (socket: Socket) => void = () => undefined): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      serve(socket);
    });
    server.listen(path, () => resolve(server));
  });
const connect = (path: string): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = createConnection(path, () => resolve(socket));
  });

describe('cgroups', () => {
  const uid = '0f8c4a52-9d0e-4c1b-8f5c-1a2b3c4d5e6f';
  for (const { name, text, want } of [
    { name: 'v2 with cgroupfs', text: `0::/kubepods/burstable/pod${uid}/abc\n`, want: true },
    { name: 'v2 seen from another cgroup', text: `0::/../../pod${uid}/abc\n`, want: true },
    {
      name: 'v1 with systemd',
      text: `4:memory:/kubepods.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-a.scope\n0::/\n`,
      want: true,
    },
    {
      name: 'another pod',
      text: '0::/kubepods/burstable/pod11111111-9d0e-4c1b-8f5c-1a2b3c4d5e6f/abc\n',
      want: false,
    },
    { name: 'no pod', text: '0::/system.slice/ssh.service\n', want: false },
    { name: 'a cgroup that only ends like it', text: `0::/kubepods/xpod${uid}/abc\n`, want: false },
  ]) {
    test(name, () => assert.equal(cgroupsName(text, uid), want));
  }
});

describe('peer', () => {
  test('is known by the kernel', async () => {
    const path = join(directory, 'peer.sock');
    const server = await listen(path);
    const socket = await connect(path);
    assert.deepEqual(peerOf(socket), { pid: process.pid, uid: process.getuid?.() });
    socket.destroy();
    server.close();
  });

  const proc = async (cgroup: string): Promise<string> => {
    const dir = await mkdtemp(join(directory, 'proc-'));
    await mkdir(join(dir, '42/ns'), { recursive: true });
    await writeFile(join(dir, '42/ns/net'), '');
    await writeFile(join(dir, '42/cgroup'), cgroup);
    return dir;
  };
  test('in the pod gives its network namespace', async () => {
    const namespace = await openPodNamespace(
      { pid: 42, uid: 107 },
      'abc',
      await proc('0::/kubepods/podabc/x\n'),
    );
    assert.ok(namespace.fd > 0);
    await namespace.close();
  });
  for (const { name, peer, cgroup, reason } of [
    {
      name: 'of another user',
      peer: { pid: 42, uid: 0 },
      cgroup: '0::/kubepods/podabc/x\n',
      reason: 'ForeignPeer',
    },
    {
      name: 'in another pod',
      peer: { pid: 42, uid: 107 },
      cgroup: '0::/kubepods/poddef/x\n',
      reason: 'ForeignPeer',
    },
    { name: 'that is gone', peer: { pid: 43, uid: 107 }, cgroup: '', reason: 'PeerGone' },
  ]) {
    test(`${name} is refused`, async () => {
      await assert.rejects(openPodNamespace(peer, 'abc', await proc(cgroup)), { reason });
    });
  }
  test("in the agent's own network namespace is refused", async () => {
    const dir = await proc('0::/kubepods/podabc/x\n');
    await rm(join(dir, '42/ns/net'));
    await symlink('/proc/self/ns/net', join(dir, '42/ns/net'));
    await assert.rejects(openPodNamespace({ pid: 42, uid: 107 }, 'abc', dir), { reason: 'ForeignPeer' });
  });
});

describe('socket', { skip: isRoot ? false : 'needs root to give files to user 107' }, () => {
  const prepare = async (podUid: string): Promise<string> => {
    const dir = socketDirOf(directory, podUid);
    await mkdir(dir, { recursive: true });
    return join(dir, 'launcher.sock');
  };

  test('is connected to when it is what it should be', async () => {
    const path = await prepare('good');
    const server = await listen(path);
    await chown(path, 107, 107);
    const socket = await connectSocket(directory, 'good', signal);
    assert.equal(peerOf(socket).pid, process.pid);
    socket.destroy();
    server.close();
  });

  test('that resets before anybody listens to it ends nothing but itself', async () => {
    const path = await prepare('reset');
    // It listens and never accepts: its death resets what waits in its queue.
    const script =
      `require('net').createServer().listen(${JSON.stringify(path)}, () => ` +
      `{ require('fs').writeSync(1, 'up'); for (;;); })`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await chown(path, 107, 107);
    const socket = await connectSocket(directory, 'reset', signal);
    const closed = new Promise<boolean>((resolve) => socket.once('close', resolve));
    child.kill('SIGKILL');
    assert.equal(await closed, true, 'the socket failed');
    await assert.rejects(openStream(socket, { open: 'control' }, signal), { reason: 'LauncherGone' });
  });

  const bait = join(tmpdir(), `bait-${process.pid}.sock`);
  for (const { name, make, reason } of [
    { name: 'of another user', make: async (path: string) => listen(path), reason: 'UnsafeSocket' },
    {
      name: 'that is a file',
      make: async (path: string) => {
        await writeFile(path, '');
        return chown(path, 107, 107);
      },
      reason: 'UnsafeSocket',
    },
    {
      name: "that links to another's socket",
      make: async (path: string) => symlink(bait, path),
      reason: 'UnsafeSocket',
    },
    { name: 'that is missing', make: async () => undefined, reason: 'LauncherUnreachable' },
  ]) {
    test(`${name} is refused`, async () => {
      const connections: Socket[] = [];
      const baited = await listen(bait, (socket) => connections.push(socket));
      await chown(bait, 107, 107);
      const made = await make(await prepare(name.replaceAll(' ', '-')));
      try {
        await assert.rejects(connectSocket(directory, name.replaceAll(' ', '-'), signal), { reason });
        assert.equal(connections.length, 0);
      } finally {
        if (made !== undefined) made.close();
        baited.close();
      }
    });
  }

  test('is waited for from before its pod has a directory', async () => {
    const pods = await mkdtemp(join(directory, 'pods-'));
    const waiting = waitForSocket(pods, 'uid', signal);
    const dir = socketDirOf(pods, 'uid');
    await mkdir(dir, { recursive: true });
    const server = await listen(join(dir, 'launcher.sock'));
    await waiting;
    server.close();
  });

  test('that links to nothing is not waited for: it is there, and refused', async () => {
    const pods = await mkdtemp(join(directory, 'pods-'));
    const dir = socketDirOf(pods, 'uid');
    await mkdir(dir, { recursive: true });
    await symlink('/nonexistent/other.sock', join(dir, 'launcher.sock'));
    await waitForSocket(pods, 'uid', AbortSignal.timeout(5_000));
    await assert.rejects(connectSocket(pods, 'uid', signal), { reason: 'UnsafeSocket' });
  });

  test('is waited for until the wait is given up', async () => {
    const stop = new AbortController();
    const waiting = waitForSocket(directory, 'never', stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });
});

describe('control connection', () => {
  let count = 0;
  const opened = `${JSON.stringify({ ok: true, uid: 'vmi', version: 1 })}\n`;
  /** A launcher that answers an opening with these bytes and every request with those. */
  const rogue = async (first: string, answer = ''): Promise<Socket> => {
    const path = join(directory, `rogue-${(count += 1)}.sock`);
    const server = await listen(path, (socket) => {
      let seen = false;
      socket.on('data', () => {
        socket.write(seen ? answer : first);
        seen = true;
      });
    });
    server.unref();
    const socket = await connect(path);
    socket.on('close', () => server.close());
    return socket;
  };

  for (const { name, first, reason } of [
    { name: 'a refusal', first: '{"ok":false,"error":{"reason":"Busy","message":"no"}}\n', reason: 'Busy' },
    { name: 'no JSON', first: 'hello\n', reason: 'MalformedMessage' },
    { name: 'another version', first: '{"ok":true,"uid":"vmi","version":2}\n', reason: 'ProtocolMismatch' },
    { name: 'another VMI', first: '{"ok":true,"uid":"other","version":1}\n', reason: 'ForeignLauncher' },
    { name: 'an endless line', first: 'x'.repeat(maxLineBytes + 1), reason: 'LineTooLong' },
  ]) {
    test(`opened with ${name} is refused`, async () => {
      const socket = await rogue(first);
      await assert.rejects(
        ControlConnection.open(socket, 'vmi', () => undefined, signal),
        { reason },
      );
      assert.ok(socket.destroyed);
    });
  }

  for (const { name, answer, reason } of [
    { name: 'garbage', answer: 'garbage\n', reason: 'MalformedMessage' },
    {
      name: 'a state that does not exist',
      answer: '{"id":1,"result":{"state":"x"}}\n',
      reason: 'MalformedMessage',
    },
    {
      name: 'an error',
      answer: '{"id":1,"error":{"reason":"StartFailed","message":"no"}}\n',
      reason: 'StartFailed',
    },
  ]) {
    test(`a request answered with ${name} fails`, async () => {
      const connection = await ControlConnection.open(
        await rogue(opened, answer),
        'vmi',
        () => undefined,
        signal,
      );
      await assert.rejects(connection.request('report', {}), { reason });
      connection.close();
      await connection.closed;
    });
  }

  test('a request that is not answered ends in time', async () => {
    const connection = await ControlConnection.open(await rogue(opened), 'vmi', () => undefined, signal);
    await assert.rejects(connection.request('report', {}, 20), { reason: 'LauncherUnresponsive' });
    connection.close();
  });

  test('requests under way fail when the launcher dies', async () => {
    const launcher = new FakeLauncher(join(directory, 'dies.sock'), 'vmi');
    await launcher.listen();
    const connection = await ControlConnection.open(
      await connect(launcher.path),
      'vmi',
      () => undefined,
      signal,
    );
    const request = connection.request('report', {});
    launcher.disconnect();
    await assert.rejects(request, { reason: 'LauncherGone' });
    await connection.closed;
    await assert.rejects(connection.request('report', {}), { reason: 'LauncherGone' });
    await launcher.close();
  });

  test('a stream keeps the bytes that came with the answer', async () => {
    const socket = await rogue(`${opened}login: `);
    assert.equal(await openStream(socket, { open: 'console' }, signal), 'vmi');
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.equal(first.toString(), 'login: ');
    socket.destroy();
  });
});

test('a directory that is a link is not followed', { skip: !isRoot }, async () => {
  const path = socketDirOf(directory, 'linked');
  await mkdir(join(path, '..'), { recursive: true });
  await symlink(directory, path);
  await assert.rejects(connectSocket(directory, 'linked', signal), { reason: 'LauncherUnreachable' });
  await (await open(directory)).close();
});
