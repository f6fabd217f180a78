import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { createAuthority } from '../../../test/api/certificates.ts';
import type { Authority, Pair } from '../../../test/api/certificates.ts';
import { commonNames } from '../../api/constants.ts';
import { startServer } from '../../http/server.ts';
import type { RunningServer } from '../../http/types.ts';
import { until } from '../../kube/testing/until.ts';
import type { Logger } from '../../support/log.ts';
import { FakeCluster, vmiOf } from '../testing/cluster.ts';
import { FakeLauncher, fakeLaunchers } from '../testing/fake-launcher.ts';
import type { VmiController } from '../vmi/controller.ts';
import { Session } from '../vmi/session.ts';
import { followIdentity, readIdentity } from './identity.ts';
import { endpointRoutes, endpointUpgrades } from './routes.ts';
import { Streams } from './streams.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const base = '/v1/namespaces/ns/virtualmachineinstances';

/** What a client sees whose connection ended without a closing frame; KubeVirt's explain themselves then. */
const abnormal = 1006;

describe('endpoint', () => {
  let directory: string;
  let authority: Authority;
  let controllerPair: Pair;
  let launcher: FakeLauncher;
  let session: Session;
  let streams: Streams;
  let server: RunningServer;
  let ready = false;
  const cluster = new FakeCluster();
  const stop = new AbortController();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'endpoint-'));
    authority = createAuthority('test');
    controllerPair = authority.issue(commonNames.agentClient);
    const own = authority.issue('kubevirt.io:system:node:virt-handler');
    await Promise.all([
      writeFile(join(directory, 'tls.crt'), own.cert),
      writeFile(join(directory, 'tls.key'), own.key),
      writeFile(join(directory, 'ca.crt'), authority.cert),
    ]);
    launcher = new FakeLauncher(join(directory, 'pod-uid.sock'), 'vmi-uid');
    await launcher.listen();
    const launchers = fakeLaunchers((podUid) => join(directory, `${podUid}.sock`));
    session = new Session({
      key: 'ns/vm',
      target: { podUid: 'pod-uid', vmiUid: 'vmi-uid' },
      launchers,
      logger: silent,
      changed: () => undefined,
      failed: () => undefined,
    });
    session.provide(vmiOf());
    const find: VmiController['find'] = ({ name }) => (name === 'vm' ? { vmi: vmiOf(), session } : undefined);
    streams = new Streams(launchers);
    const options = {
      controller: { find } as VmiController,
      streams,
      recorder: cluster.recorder,
      ready: () => ready,
    };
    server = await startServer(
      {
        port: 0,
        host: '127.0.0.1',
        identity: () => readIdentity(directory),
        routes: endpointRoutes(options),
        upgrades: endpointUpgrades(options),
      },
      stop.signal,
    );
    await until(() => session.view.report?.state === 'running', 'guest running');
  });

  after(async () => {
    stop.abort();
    await server.close();
    await session.end();
    await launcher.close();
    await rm(directory, { recursive: true });
  });

  const ask = (
    method: string,
    path: string,
    ...[pair, body]: [pair?: Pair, body?: string]
  ): Promise<{ status: number | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: server.port,
          method,
          path,
          ca: authority.cert,
          ...pair,
          checkServerIdentity: () => undefined,
          agent: false,
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode, text }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  const stream = (path: string, pair = controllerPair): WebSocket =>
    new WebSocket(`wss://127.0.0.1:${server.port}${base}/${path}`, 'plain.kubevirt.io', {
      ca: authority.cert,
      ...pair,
      checkServerIdentity: (() => undefined) as unknown as () => boolean,
    });

  test('health needs no certificate', async () => {
    assert.equal((await ask('GET', '/healthz')).status, 200);
    assert.equal((await ask('GET', '/readyz')).status, 503);
    ready = true;
    assert.equal((await ask('GET', '/readyz')).status, 200);
  });

  test('a stranger may do nothing', async () => {
    const stranger = authority.issue('kubevirt.io:system:client:other');
    assert.equal((await ask('PUT', `${base}/vm/pause`)).status, 401);
    assert.equal((await ask('PUT', `${base}/vm/pause`, stranger)).status, 401);
    const refused = stream('vm/console', stranger);
    const [error] = (await once(refused, 'error')) as [Error];
    assert.match(error.message, /401/);
  });

  test('a VMI of another node is not found', async () => {
    const { status, text } = await ask('PUT', `${base}/other/pause`, controllerPair);
    assert.equal(status, 404);
    assert.match(text, /VMI ns\/other does not exist/);
  });

  test('pause and unpause reach the guest', async () => {
    assert.equal((await ask('PUT', `${base}/vm/pause`, controllerPair)).status, 202);
    assert.equal(session.view.report?.state, 'paused');
    assert.equal((await ask('PUT', `${base}/vm/unpause`, controllerPair)).status, 202);
    assert.equal(session.view.report?.state, 'running');
    assert.deepEqual(cluster.events, [
      'Paused VirtualMachineInstance paused',
      'Unpaused VirtualMachineInstance unpaused',
    ]);
  });

  test('reset, soft reboot, freeze and unfreeze reach the guest, and their events tell of them', async () => {
    cluster.events.length = 0;
    launcher.calls.length = 0;
    const freeze = JSON.stringify({ unfreezeTimeoutSeconds: 300 });
    for (const [action, body] of [['reset'], ['softreboot'], ['freeze', freeze], ['unfreeze']] as const) {
      assert.equal((await ask('PUT', `${base}/vm/${action}`, controllerPair, body)).status, 202, action);
    }
    assert.deepEqual(launcher.calls, [
      { method: 'reset', params: {} },
      { method: 'softReboot', params: {} },
      { method: 'freeze', params: { unfreezeTimeoutSeconds: 300 } },
      { method: 'unfreeze', params: {} },
    ]);
    assert.deepEqual(cluster.events, [
      'Reset VirtualMachineInstance reset',
      'SoftRebooted VirtualMachineInstance soft rebooted',
    ]);
  });

  for (const row of [
    { name: 'no timeout', body: '{}', status: 400, message: /unfreezeTimeoutSeconds/ },
    {
      name: 'a guest without an agent',
      body: '{"unfreezeTimeoutSeconds":0}',
      error: { reason: 'LibvirtAgentUnresponsive', message: 'QEMU guest agent is not connected' },
      status: 500,
      message: /QEMU guest agent is not connected/,
    },
    {
      name: 'a guest that has ended',
      body: '{"unfreezeTimeoutSeconds":0}',
      error: { reason: 'DomainNotRunning', message: 'the guest does not run' },
      status: 409,
      message: /the guest does not run/,
    },
  ]) {
    test(`a freeze that fails says why, in an event too: ${row.name}`, async () => {
      cluster.events.length = 0;
      if (row.error !== undefined) launcher.errors.set('freeze', [row.error]);
      const { status, text } = await ask('PUT', `${base}/vm/freeze`, controllerPair, row.body);
      assert.equal(status, row.status);
      assert.match(text, row.message);
      assert.match(cluster.events[0] ?? '', /^FreezeError Failed to freeze VMI: /);
    });
  }

  test('what the guest agent says comes in the kinds of KubeVirt', async () => {
    const user = { userName: 'ann', loginTime: 1.5 };
    const system = { diskName: 'vda1', mountPoint: '/', fileSystemType: 'ext4', usedBytes: 1, totalBytes: 2 };
    launcher.results
      .set('guestInfo', { hostname: 'guest', os: { name: 'Debian' }, userList: [user] })
      .set('guestUsers', [user])
      .set('guestFileSystems', [system]);
    for (const [path, want] of [
      ['guestosinfo', { hostname: 'guest', os: { name: 'Debian' }, userList: [user] }],
      ['userlist', { metadata: {}, items: [user] }],
      ['filesystemlist', { metadata: {}, items: [system] }],
    ] as const) {
      const { status, text } = await ask('GET', `${base}/vm/${path}`, controllerPair);
      assert.equal(status, 200, text);
      assert.deepEqual(JSON.parse(text), want);
    }
  });

  test('a launcher that says what no guest can say is not believed', async () => {
    launcher.results.set(
      'guestUsers',
      Array.from({ length: 100_000 }, () => ({ userName: 'x' })),
    );
    const { status, text } = await ask('GET', `${base}/vm/userlist`, controllerPair);
    assert.equal(status, 500);
    assert.match(text, /makes no sense/);
    await until(() => session.view.connected, 'the connection is made anew');
  });

  test('a picture of the screen comes as PNG, or the reason why there is none', async () => {
    assert.match((await ask('GET', `${base}/vm/vnc/screenshot`, controllerPair)).text, /no screens/);
    launcher.picture = Buffer.from('PNG');
    launcher.openings.length = 0;
    const { status, text } = await ask('GET', `${base}/vm/vnc/screenshot?moveCursor=true`, controllerPair);
    assert.deepEqual([status, text], [200, 'PNG']);
    assert.deepEqual(launcher.openings, ['screenshot, woken']);
    const both = [streams.picture(session.target, false), streams.picture(session.target, false)];
    for (const taken of await Promise.all(both)) assert.equal(taken.toString(), 'PNG');
    assert.equal(launcher.openings.length, 2, 'who asks at the same time gets the same picture');
  });

  for (const kind of ['console', 'vnc']) {
    test(`${kind} carries bytes both ways`, async () => {
      const socket = stream(`vm/${kind}`);
      let text = '';
      socket.on('message', (data: Buffer, binary) => {
        assert.ok(binary);
        text += data.toString();
      });
      await once(socket, 'open');
      assert.equal(socket.protocol, 'plain.kubevirt.io');
      socket.send(Buffer.from(' world'));
      await until(() => text === 'hello world', 'greeting and echo');
      socket.close();
      await once(socket, 'close');
    });
  }

  test('much data arrives whole', async () => {
    const socket = stream('vm/vnc');
    let size = 0;
    socket.on('message', (data: Buffer) => (size += data.length));
    await once(socket, 'open');
    for (let index = 0; index < 64; index += 1) socket.send(Buffer.alloc(64 * 1024, index));
    await until(() => size === 'hello'.length + 64 * 64 * 1024, 'four MiB echoed');
    socket.close();
    await once(socket, 'close');
  });

  test('a new console ends the one before it', async () => {
    const first = stream('vm/console');
    let seen = '';
    first.on('message', (data: Buffer) => (seen += data.toString()));
    await once(first, 'open');
    const ended = once(first, 'close');
    const second = stream('vm/console');
    const [[code]] = (await Promise.all([ended, once(second, 'open')])) as [[number], unknown];
    assert.match(seen, /Somebody else has opened this console/);
    assert.equal(code, abnormal);
    second.close();
    await once(second, 'close');
  });

  test('a client that does not read is parted from its console all the same', async () => {
    const first = stream('vm/console');
    await once(first, 'open');
    first.pause();
    for (let round = 0; round < 64; round += 1) first.send(Buffer.alloc(256 * 1024));
    const second = stream('vm/console');
    const [greeting] = (await once(second, 'message')) as [Buffer];
    assert.equal(greeting.toString(), 'hello');
    first.terminate();
    second.close();
    await once(second, 'close');
  });

  for (const kind of ['console', 'vnc']) {
    test(`${kind}: a guest that ends drops its client as KubeVirt does`, async () => {
      const socket = stream(`vm/${kind}`);
      await once(socket, 'message');
      launcher.endStreams();
      const [code] = (await once(socket, 'close')) as [number];
      assert.equal(code, abnormal);
    });
  }

  test('a session of VNC can be preserved', async () => {
    const first = stream('vm/vnc');
    await once(first, 'open');
    const second = stream('vm/vnc?preserveSession=true');
    const [error] = (await once(second, 'error')) as [Error];
    assert.match(error.message, /503/);
    assert.equal(first.readyState, WebSocket.OPEN);
    first.close();
    await once(first, 'close');
  });

  test('a handshake that makes no sense holds no session', async () => {
    const broken = request({
      host: '127.0.0.1',
      port: server.port,
      path: `${base}/vm/vnc`,
      ca: authority.cert,
      ...controllerPair,
      checkServerIdentity: () => undefined,
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    broken.end();
    const [response] = (await once(broken, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 400);
    response.resume();
    await once(response, 'close');
    const next = stream('vm/vnc?preserveSession=true');
    await once(next, 'open');
    next.close();
    await once(next, 'close');
  });

  test('a renewed certificate is taken up', async () => {
    const abort = new AbortController();
    let renewals = 0;
    const following = followIdentity(directory, () => (renewals += 1), abort.signal);
    const renewed = authority.issue('kubevirt.io:system:node:virt-handler');
    await writeFile(join(directory, 'tls.crt'), renewed.cert);
    await until(() => renewals > 0, 'renewal noticed');
    abort.abort();
    await following;
  });
});
