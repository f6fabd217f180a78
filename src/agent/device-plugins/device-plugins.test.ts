import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { devices } from '../../api/constants.ts';
import type { Logger } from '../../support/log.ts';
import { pluginSpecs } from './devices.ts';
import { callGrpc, frame, serveGrpc } from '../../grpc/grpc.ts';
import { runDevicePlugins } from './manager.ts';
import { decodeDevices, decodeRegistration, encodeDevices } from './messages.ts';
import { MessageWriter, readFields } from '../../grpc/protobuf.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

test('protobuf', async (suite) => {
  for (const [name, bytes] of [
    ['a tag without a value', [0x08]],
    ['a length past the end', [0x0a, 0x05, 0x61]],
    ['an endless number', Array.from({ length: 12 }, () => 0xff)],
    ['a group', [0x0b]],
  ] as const) {
    await suite.test(`refuses ${name}`, () =>
      assert.throws(() => readFields(Buffer.from(bytes)), { reason: 'MalformedMessage' }),
    );
  }
  await suite.test('writes long strings with long lengths', () => {
    const text = 'x'.repeat(300);
    const [field] = readFields(new MessageWriter().string(3, text).finish());
    assert.deepEqual([field?.number, field?.value.toString()], [3, text]);
  });
  await suite.test('keeps a device list of the size we advertise', () => {
    const list = Array.from({ length: 1000 }, (_, index) => ({
      id: String(index),
      healthy: index % 2 === 0,
    }));
    assert.deepEqual(decodeDevices(encodeDevices(list)), list);
  });
});

/** A kubelet that remembers who registered. */
async function fakeKubelet(dir: string) {
  const registered: string[] = [];
  const waiting = new Set<() => void>();
  const server = await serveGrpc(join(dir, 'kubelet.sock'), {
    '/v1beta1.Registration/Register': async (request, send) => {
      const { version, resourceName, endpoint } = decodeRegistration(request);
      assert.equal(version, 'v1beta1');
      registered.push(`${resourceName} ${endpoint}`);
      send(Buffer.alloc(0));
      for (const check of waiting) check();
    },
  });
  const all = (count: number) =>
    new Promise<string[]>((resolve) => {
      const check = (): void => {
        if (registered.length >= count) resolve(registered.toSorted());
      };
      waiting.add(check);
      check();
    });
  return { all, close: () => server.close() };
}

/** Opens ListAndWatch and yields each list. */
async function* watchDevices(socket: string) {
  const session = connect('http://localhost', { createConnection: () => createConnection(socket) });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1beta1.DevicePlugin/ListAndWatch',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(frame(Buffer.alloc(0)));
  try {
    let buffered = Buffer.alloc(0);
    for await (const chunk of stream) {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 5 && buffered.length >= 5 + buffered.readUInt32BE(1)) {
        const end = 5 + buffered.readUInt32BE(1);
        yield decodeDevices(buffered.subarray(5, end));
        buffered = buffered.subarray(end);
      }
    }
  } finally {
    session.destroy();
  }
}

async function world() {
  const dir = await mkdtemp(join(tmpdir(), 'plugins-'));
  const deviceDir = join(dir, 'dev');
  await mkdir(join(deviceDir, 'net'), { recursive: true });
  await mkdir(join(dir, 'bin'));
  await writeFile(join(dir, 'bin/hold'), '');
  await writeFile(join(deviceDir, 'null'), '');
  await writeFile(join(deviceDir, 'net/tun'), '');
  const specs = pluginSpecs({
    deviceDir,
    holdDir: join(dir, 'bin'),
    hostHoldDir: '/var/lib/monovirt/bin',
    hostCacheDir: '/var/lib/monovirt/cache',
  });
  return { dir, deviceDir, specs };
}

const allRegistered = [
  'devices.kubevirt.io/kvm devices.kubevirt.io-kvm.sock',
  'devices.kubevirt.io/tun devices.kubevirt.io-tun.sock',
  'devices.kubevirt.io/vhost-net devices.kubevirt.io-vhost-net.sock',
  'devices.monovirt.io/container-disk devices.monovirt.io-container-disk.sock',
  'devices.monovirt.io/launcher devices.monovirt.io-launcher.sock',
];

test('device plugins', async (suite) => {
  const { dir, deviceDir, specs } = await world();
  const stop = new AbortController();
  let rounds = 0;
  const running = runDevicePlugins(
    { specs, pluginDir: dir, logger: silent, registered: () => (rounds += 1) },
    stop.signal,
  );
  let kubelet = await fakeKubelet(dir);

  await suite.test('register once the kubelet serves', async () => {
    assert.deepEqual(await kubelet.all(5), allRegistered);
  });

  await suite.test('advertise a device while it exists', async () => {
    const lists = watchDevices(join(dir, 'devices.kubevirt.io-tun.sock'));
    const next = async () => (await lists.next()).value?.filter(({ healthy }) => healthy).length;
    assert.equal(await next(), 1000);
    await rm(join(deviceDir, 'net/tun'));
    assert.equal(await next(), 0);
    await writeFile(join(deviceDir, 'net/tun'), '');
    assert.equal(await next(), 1000);
    await lists.return();
  });

  await suite.test('advertise nothing for a device that the node lacks, until it appears', async () => {
    const lists = watchDevices(join(dir, 'devices.kubevirt.io-kvm.sock'));
    assert.deepEqual((await lists.next()).value, []);
    await writeFile(join(deviceDir, 'kvm'), '');
    assert.equal((await lists.next()).value?.length, 1000);
    await lists.return();
  });

  await suite.test('answer Allocate once a container', async () => {
    const container = new MessageWriter().string(1, '7').finish();
    const answer = await callGrpc(
      join(dir, 'devices.monovirt.io-container-disk.sock'),
      '/v1beta1.DevicePlugin/Allocate',
      new MessageWriter().bytes(1, container).bytes(1, container).finish(),
      AbortSignal.timeout(5000),
    );
    const mount = new MessageWriter()
      .string(1, '/.monovirt')
      .string(2, '/var/lib/monovirt/bin')
      .bool(3, true);
    const response = new MessageWriter().bytes(2, mount.finish()).finish();
    assert.deepEqual(answer, new MessageWriter().bytes(1, response).bytes(1, response).finish());
  });

  await suite.test('refuse an unknown method', async () => {
    const call = callGrpc(
      join(dir, 'devices.kubevirt.io-tun.sock'),
      '/v1beta1.DevicePlugin/Unknown',
      Buffer.alloc(0),
      AbortSignal.timeout(5000),
    );
    await assert.rejects(call, { reason: 'GrpcCallFailed' });
  });

  await suite.test('register again with a kubelet that restarted', async () => {
    await kubelet.close();
    for (const spec of specs) await rm(join(dir, spec.endpoint), { force: true });
    kubelet = await fakeKubelet(dir);
    assert.deepEqual(await kubelet.all(5), allRegistered);
  });

  stop.abort();
  await running;
  await kubelet.close();
  assert.ok(rounds >= 1);
  await rm(dir, { recursive: true });
});

test('a node that can keep nothing still takes VMs', () => {
  const offer = (hostCacheDir: string | undefined) =>
    pluginSpecs({ deviceDir: '/dev', holdDir: '/h', hostHoldDir: '/h', hostCacheDir }).find(
      ({ resourceName }) => resourceName === devices.launcher,
    );
  const mount = { hostPath: '/cache', containerPath: '/.monovirt/cache', readOnly: true };
  assert.deepEqual(offer('/cache')?.allocation.mounts, [mount]);
  assert.deepEqual(offer(undefined)?.allocation.mounts, []);
});
