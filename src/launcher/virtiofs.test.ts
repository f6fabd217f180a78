import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { prepareVolume } from './disks/volume.ts';
import { pathsIn, podFolders } from './paths.ts';
import { testVmi } from './testing/vmi.ts';
import { awaitFilesystem, dismissFilesystems } from './virtiofs.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvf-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

test('a file system is waited for until its socket is there, and nobody connects to it', async () => {
  const server = createServer();
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const waiting = awaitFilesystem(folder, 'late', { signal: never });
  server.listen(join(folder, 'late.sock'));
  await waiting;
  assert.equal(connections, 0, 'virtiofsd serves one connection: that of QEMU');
  server.close();
  await once(server, 'close');
});

test('one that does not come is told of, with where to look', async () => {
  await assert.rejects(awaitFilesystem(folder, 'lost', { signal: never, timeoutMs: 20 }), {
    reason: 'VirtiofsUnavailable',
    retry: 'never',
    message: /^volume lost: container virtiofs-lost .* kubectl logs <pod of the VM> -c virtiofs-lost$/,
  });
});

test('a guest that is stopped meanwhile stops the wait', async () => {
  const stop = AbortSignal.abort(new Error('the VM is being stopped'));
  await assert.rejects(awaitFilesystem(folder, 'lost', { signal: stop }), { reason: 'WaitAborted' });
});

test('whoever still waits for QEMU at the end is let go; sockets that nobody serves are no trouble', async () => {
  await using server = createServer();
  server.listen(join(folder, 'unused.sock'));
  await once(server, 'listening');
  await writeFile(join(folder, 'stale.sock'), '');
  const connected = once(server, 'connection');
  await dismissFilesystems(folder);
  const [socket] = await connected;
  socket.resume();
  await once(socket, 'close');
  await dismissFilesystems(join(folder, 'absent'));
});

test('a volume that is only shared is no disk; one that is both is made a disk too', async () => {
  await using server = createServer();
  server.listen(join(folder, 'app.sock'));
  await once(server, 'listening');
  const paths = pathsIn({
    ...podFolders,
    privateDir: join(folder, 'private'),
    virtiofsDir: folder,
    configDir: join(folder, 'config'),
  });
  await mkdir(join(folder, 'config', 'app'), { recursive: true });
  await mkdir(paths.cloudInitDir, { recursive: true });
  await writeFile(join(folder, 'config', 'app', 'color'), 'blue');
  const volume = { name: 'app', configMap: { name: 'app' } };
  const devices = { filesystems: [{ name: 'app', virtiofs: {} }] };
  const world = { paths, view: { procDir: '/proc', uid: 0 }, signal: never };
  const shared = testVmi({ volumes: [volume], domain: { devices } });
  assert.equal(await prepareVolume(shared, volume, world), undefined);
  const disks = [{ name: 'app', disk: { bus: 'virtio' } }];
  const both = testVmi({ volumes: [volume], domain: { devices: { ...devices, disks } } });
  assert.equal((await prepareVolume(both, volume, world))?.file, join(paths.cloudInitDir, 'app.iso'));
});
