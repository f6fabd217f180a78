/** The server's sockets, on loopback; and in a namespace of its own against a real client where root allows it. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createLineLogger } from '../log.ts';
import { stopChild } from '../stop.ts';
import { Transcript } from '../testing/eventually.ts';
import type { Lease } from './lease.ts';
import { serveDhcp } from './server.ts';
import { clientPacket, optionsOf } from './testing.ts';

const log = createLineLogger({ write: () => undefined });
const leaseAt = (gatewayAddress: string, guestAddress: string): Lease => ({
  name: 'default',
  mac: '02:00:00:00:00:01',
  guestAddress,
  prefixLength: 24,
  serverAddress: gatewayAddress,
  router: gatewayAddress,
  resolver: { servers: ['10.96.0.10'], servers6: [], search: ['ns.svc.cluster.local'] },
  hostname: 'testvm',
  mtu: 1450,
});

test('answers the guest it knows, and nobody else', async () => {
  const guest = createSocket('udp4');
  guest.bind(0, '127.0.0.1');
  await once(guest, 'listening');
  const serverPort = 20_000 + (process.pid % 20_000);
  await using server = await serveDhcp([leaseAt('127.0.0.2', '127.0.0.1')], {
    log,
    serverPort,
    clientPort: guest.address().port,
  });
  assert.ok(server);
  const answered = once(guest, 'message') as Promise<[Buffer]>;
  guest.send(
    clientPacket({ mac: '02:00:00:00:00:99', messageType: 3, clientAddress: '127.0.0.1' }),
    serverPort,
    '127.0.0.2',
  );
  guest.send(Buffer.from('noise'), serverPort, '127.0.0.3');
  guest.send(clientPacket({ messageType: 3, clientAddress: '127.0.0.1' }), serverPort, '127.0.0.2');
  const [reply] = await answered;
  assert.equal(optionsOf(reply).get(53)?.readUInt8(0), 5);
  assert.equal(reply.subarray(28, 34).toString('hex'), '020000000001');
  guest.close();
});

test('says what to do when the bridge is missing', async () => {
  await assert.rejects(serveDhcp([leaseAt('203.0.113.77', '203.0.113.78')], { log, serverPort: 20_067 }), {
    reason: 'DhcpUnavailable',
  });
});

const run = promisify(execFile);
const root = process.getuid?.() === 0 ? false : 'needs root for network namespaces';

test('gives an address to a real client without any privilege', { skip: root, timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mvd-'));
  const [pod, guest] = [`mvd${process.pid}p`, `mvd${process.pid}g`];
  const script = join(folder, 'bound.sh');
  await writeFile(
    script,
    '#!/bin/sh\n[ "$1" != bound ] || echo "got $ip via $router mtu $mtu from $dns in $search"\n',
    { mode: 0o755 },
  );
  const ip = (...args: string[]) => run('ip', args);
  try {
    for (const namespace of [pod, guest]) await ip('netns', 'add', namespace);
    await ip('-n', pod, 'link', 'add', 'k6t-eth0', 'type', 'bridge');
    await ip('-n', pod, 'addr', 'add', '10.0.2.1/24', 'dev', 'k6t-eth0');
    await ip('-n', pod, 'link', 'set', 'k6t-eth0', 'up');
    await ip('-n', pod, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'out', 'netns', guest);
    await ip('-n', pod, 'addr', 'add', '192.0.2.5/24', 'dev', 'eth0');
    await ip('-n', pod, 'link', 'set', 'eth0', 'up');
    await ip('-n', pod, 'route', 'add', 'default', 'via', '192.0.2.1');
    await ip(
      '-n',
      guest,
      'link',
      'add',
      'nic',
      'address',
      '02:00:00:00:00:01',
      'type',
      'veth',
      'peer',
      'name',
      'tap0',
      'netns',
      pod,
    );
    await ip('-n', pod, 'link', 'set', 'tap0', 'master', 'k6t-eth0', 'up');
    await ip('-n', guest, 'link', 'set', 'nic', 'up');
    await run('ip', ['netns', 'exec', pod, 'sysctl', '-qw', 'net.ipv4.ip_unprivileged_port_start=67']);
    const code = `import { serveDhcp } from ${JSON.stringify(join(import.meta.dirname, 'server.ts'))};
      const log = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => log };
      await serveDhcp([${JSON.stringify(leaseAt('10.0.2.1', '10.0.2.2'))}], { log });
      console.log('serving');`;
    const unprivileged = [
      'setpriv',
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      '--bounding-set=-all',
      '--inh-caps=-all',
    ];
    const server = spawn('ip', [
      'netns',
      'exec',
      pod,
      ...unprivileged,
      process.execPath,
      '--input-type=module',
      '-e',
      code,
    ]);
    const said = new Transcript();
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => said.add(chunk));
    await said.says('serving', 20_000);
    const { stdout } = await run('ip', [
      'netns',
      'exec',
      guest,
      'busybox',
      'udhcpc',
      '-i',
      'nic',
      '-n',
      '-q',
      '-f',
      '-t',
      '5',
      '-T',
      '1',
      '-s',
      script,
      '-O',
      'search',
      '-O',
      'mtu',
    ]);
    assert.match(
      stdout,
      /got 10\.0\.2\.2 via 10\.0\.2\.1 mtu 1450 from 10\.96\.0\.10 in ns\.svc\.cluster\.local/,
    );
    await stopChild(server, 1_000);
  } finally {
    for (const namespace of [pod, guest]) await ip('netns', 'del', namespace).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
});
