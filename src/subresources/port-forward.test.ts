/** Ports of a guest through the controller's real HTTPS server and a real WebSocket client. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { WebSocket } from 'ws';
import { createAuthority } from '../../test/api/certificates.ts';
import type { Authority } from '../../test/api/certificates.ts';
import type { Pod, Vmi } from '../api/types.ts';
import { startServer } from '../http/server.ts';
import type { RunningServer } from '../http/types.ts';
import { until } from '../kube/testing/until.ts';
import { subresourceRoutes } from './routes.ts';
import { apiPath, podAt, vmiOf, vmOf, world } from './testing/world.ts';

const loopback = '127.0.0.1';
const onNetwork = vmiOf('Running', [], { networks: [{ name: 'default', pod: {} }] });

suite('port forwarding', () => {
  const authority: Authority = createAuthority('front-proxy');
  const stop = new AbortController();
  const given: { vmi: Vmi; pods: Pod[] } = { vmi: onNetwork, pods: [podAt(loopback)] };
  let server: RunningServer;
  let echo: Server;
  let port: number;

  before(async () => {
    const own = authority.issue('localhost');
    const { deps } = world({
      vm: vmOf(),
      get vmi() {
        return given.vmi;
      },
      get pods() {
        return given.pods;
      },
    });
    server = await startServer(
      {
        port: 0,
        host: loopback,
        identity: () => ({ certificate: own.cert, key: own.key, clientCa: authority.cert }),
        ...subresourceRoutes(deps),
      },
      stop.signal,
    );
    echo = createServer((socket) => socket.pipe(socket)).listen(0, loopback);
    await once(echo, 'listening');
    ({ port } = echo.address() as AddressInfo);
  });
  after(async () => {
    stop.abort();
    await server.close();
    echo.close();
  });

  const open = (path: string, resource = 'virtualmachineinstances'): WebSocket => {
    const { cert, key } = authority.issue('aggregator');
    const url = `wss://${loopback}:${server.port}${apiPath(`namespaces/ns/${resource}/vm/portforward/${path}`)}`;
    return new WebSocket(url, 'plain.kubevirt.io', {
      ca: authority.cert,
      cert,
      key,
      headers: { 'x-remote-user': 'ann' },
      checkServerIdentity: (() => undefined) as unknown as () => boolean,
    });
  };

  const refusal = async (path: string): Promise<string> => {
    const socket = open(path);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      AsyncIterable<Buffer> & { statusCode: number },
    ];
    let text = `${response.statusCode} `;
    for await (const chunk of response) text += String(chunk);
    return text;
  };

  for (const [name, path, resource] of [
    ['of an instance', '', 'virtualmachineinstances'],
    ['of a VM, by protocol', '/tcp', 'virtualmachines'],
  ] as const) {
    test(`TCP ${name}: bytes go both ways, and much of them arrives whole`, async () => {
      const socket = open(`${port}${path}`, resource);
      await once(socket, 'open');
      assert.equal(socket.protocol, 'plain.kubevirt.io');
      let size = 0;
      socket.on('message', (data: Buffer, binary) => {
        assert.ok(binary);
        size += data.length;
      });
      for (let index = 0; index < 64; index += 1) socket.send(Buffer.alloc(64 * 1024, index));
      await until(() => size === 64 * 64 * 1024, 'four MiB echoed');
      socket.close();
      await once(socket, 'close');
    });
  }

  test('TCP: a guest that ends its connection ends the stream', async () => {
    const short = createServer((socket) => socket.end('bye')).listen(0, loopback);
    await once(short, 'listening');
    const socket = open(String((short.address() as AddressInfo).port));
    let text = '';
    socket.on('message', (data: Buffer) => (text += data.toString()));
    await once(socket, 'close');
    assert.equal(text, 'bye');
    short.close();
  });

  test('UDP: a message is a datagram', async () => {
    const guest = createSocket('udp4');
    const seen: string[] = [];
    guest.on('message', (data, from) => {
      seen.push(data.toString());
      guest.send(`heard ${data.toString()}`, from.port, from.address);
    });
    guest.bind(0, loopback);
    await once(guest, 'listening');
    const socket = open(`${guest.address().port}/udp`);
    await once(socket, 'open');
    const answers: string[] = [];
    socket.on('message', (data: Buffer) => answers.push(data.toString()));
    socket.send('one');
    socket.send('two');
    await until(() => answers.length === 2, 'two answers');
    assert.deepEqual(
      [seen, answers],
      [
        ['one', 'two'],
        ['heard one', 'heard two'],
      ],
    );
    socket.close();
    await once(socket, 'close');
    guest.close();
  });

  test('a port that nobody listens on is told before the handshake', async () => {
    const free = createServer().listen(0, loopback);
    await once(free, 'listening');
    const { port: unused } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    assert.match(await refusal(String(unused)), /^500 .*Internal error occurred: dialing VM: .*ECONNREFUSED/);
  });

  test('no address is believed but that of the pod that runs the guest', async () => {
    // What the guest says of itself, and a pod that anybody could have made.
    const interfaces = [{ name: 'default', ipAddress: loopback }];
    given.vmi = { ...onNetwork, status: { ...onNetwork.status, interfaces } };
    const stranger = podAt(loopback);
    given.pods = [{ ...stranger, metadata: { ...stranger.metadata, uid: 'forged' } }];
    assert.match(await refusal(String(port)), /^400 .*no network interfaces are present/);
    given.vmi = onNetwork;
    given.pods = [podAt(loopback)];
  });
});
