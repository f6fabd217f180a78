import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import { MonovirtError } from '../support/errors.ts';
import { DomainManager } from './domain-manager.ts';
import type { Pod } from './domain-pod.ts';
import { exitCodes } from './exit-codes.ts';
import { createLineLogger } from './log.ts';
import type { DomainReport } from './protocol.ts';
import { Eventually } from './testing/eventually.ts';
import { testUid, testVmi } from './testing/vmi.ts';

const log = createLineLogger({ write: () => undefined });
const ready = { networkReady: true };
const xml = `<domain><uuid>${testUid}</uuid><name>default_testvm</name><os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os></domain>`;
const nic = testVmi({
  domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } },
  networks: [{ name: 'default', pod: {} }],
});

function world(change: Partial<Pod> = {}) {
  const hypervisor = new FakeHypervisor();
  const served: string[] = [];
  const pod: Pod = {
    prepareDisks: async () => ({ disks: {} }),
    serveNetwork: async () => void served.push('network'),
    followConsole: () => void served.push('console'),
    domainXml: () => xml,
    pullPlug: async () => undefined,
    ...change,
  };
  const manager = new DomainManager({ hypervisor: async () => hypervisor, pod, log });
  hypervisor.subscribe((event) => manager.onEvent(event));
  const reports = new Eventually<DomainReport>();
  manager.reports.subscribe((report) => reports.add(report));
  const starts = () => hypervisor.calls.filter((call) => call.startsWith('start')).length;
  return { hypervisor, manager, served, reports, starts };
}

suite('sync', () => {
  test('starts the guest once, however often it is said', async () => {
    const { manager, served, starts, reports } = world();
    const all = await Promise.all([1, 2, 3].map(() => manager.sync(testVmi(), ready)));
    assert.deepEqual(
      all.map(({ state }) => state),
      ['running', 'running', 'running'],
    );
    assert.equal(starts(), 1);
    assert.deepEqual(served, ['network', 'console']);
    const { machineType, qemuVersion } = await reports.find(
      'the versions',
      (report) => report.libvirtVersion !== undefined,
    );
    assert.deepEqual([machineType, qemuVersion], ['pc-q35-10.0', '10.0.0']);
    const sequences = reports.all.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      sequences.map((_, index) => index + 1),
    );
  });
  test('leaves the guest paused when it shall start so', async () => {
    const { manager } = world();
    assert.equal((await manager.sync(testVmi({ startStrategy: 'Paused' }), ready)).state, 'paused');
  });
  test('waits for the network only if there is one, but prepares the disks meanwhile', async () => {
    let prepared = 0;
    const { manager, starts } = world({
      prepareDisks: async () => ({ disks: { n: { file: String((prepared += 1)), format: 'raw' } } }),
    });
    assert.equal((await manager.sync(nic, { networkReady: false })).state, 'absent');
    assert.deepEqual([starts(), prepared], [0, 1]);
    assert.equal((await manager.sync(nic, ready)).state, 'running');
    assert.deepEqual([starts(), prepared], [1, 1]);
    assert.equal((await world().manager.sync(testVmi(), { networkReady: false })).state, 'running');
  });
  test('reports a failure that may pass, and succeeds later', async () => {
    const { manager, hypervisor } = world();
    hypervisor.failures.set('start', new MonovirtError('LibvirtOperationFailed', 'no tap0'));
    const failed = await manager.sync(testVmi(), ready);
    assert.deepEqual(failed.failure, { reason: 'LibvirtOperationFailed', message: 'no tap0' });
    const report = await manager.sync(testVmi(), ready);
    assert.deepEqual([report.state, report.failure], ['running', undefined]);
  });
  test('ends with a failure that will not pass', async () => {
    const { manager } = world({
      prepareDisks: () =>
        Promise.reject(new MonovirtError('ContainerDiskInvalid', 'volume os: no image', 'never')),
    });
    assert.equal((await manager.sync(testVmi(), ready)).failure?.reason, 'ContainerDiskInvalid');
    assert.equal(await manager.ended, exitCodes.startFailed);
  });
  test('adopts a domain that runs already', async () => {
    const { manager, hypervisor, starts } = world();
    await hypervisor.start(await hypervisor.define(xml));
    assert.equal((await manager.sync(testVmi(), ready)).state, 'running');
    assert.equal(starts(), 1);
    hypervisor.end(testUid, 'shutdown');
    assert.equal(await manager.ended, exitCodes.guestStopped);
  });
});

suite('pause and unpause', () => {
  test('act once each', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    const states = [
      await manager.pause(),
      await manager.pause(),
      await manager.unpause(),
      await manager.unpause(),
    ];
    assert.deepEqual(
      states.map(({ state }) => state),
      ['paused', 'paused', 'running', 'running'],
    );
    assert.deepEqual(hypervisor.calls.filter((call) => /^(suspend|resume)/.test(call)).length, 2);
  });
  test('refuse without a guest', async () => {
    const { manager } = world();
    await assert.rejects(manager.pause(), { reason: 'DomainNotRunning' });
    await assert.rejects(manager.unpause(), { reason: 'DomainNotRunning' });
  });
});

suite('the end of a guest', () => {
  const rows: [string, (fake: FakeHypervisor) => void, number][] = [
    ['it shut down', (fake) => fake.end(testUid, 'shutdown'), exitCodes.guestStopped],
    ['it was destroyed', (fake) => fake.end(testUid, 'destroyed'), exitCodes.guestStopped],
    ['QEMU crashed', (fake) => fake.end(testUid, 'crashed'), exitCodes.guestCrashed],
    ['QEMU failed', (fake) => fake.end(testUid, 'failed'), exitCodes.guestCrashed],
    [
      'its kernel panicked',
      (fake) => fake.put(testUid, { state: 'crashed', reason: 'panicked' }, 'crashed'),
      exitCodes.guestPanicked,
    ],
  ];
  for (const [name, happens, code] of rows) {
    test(name, async () => {
      const { manager, hypervisor, reports } = world();
      await manager.sync(testVmi(), ready);
      happens(hypervisor);
      assert.equal(await manager.ended, code);
      await reports.find('a last report', ({ state }) => state === 'shutoff' || state === 'crashed');
    });
  }
  test('is noticed when it happened while libvirtd was away', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    const told = hypervisor.emit.bind(hypervisor);
    hypervisor.emit = () => undefined;
    hypervisor.end(testUid, 'crashed');
    hypervisor.emit = told;
    manager.onEvent({ type: 'connected' });
    assert.equal(await manager.ended, exitCodes.guestCrashed);
  });
});

suite('shutdown', () => {
  test('presses the button, and the guest ends', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    manager.shutdown(30);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.ok(hypervisor.calls.includes(`shutdown ${testUid}`));
    assert.equal(
      hypervisor.calls.some((call) => call.startsWith('destroy')),
      false,
    );
    await manager.settled();
  });
  test('with a grace of 0 destroys without asking', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    manager.shutdown(0);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.equal(
      hypervisor.calls.some((call) => call.startsWith('shutdown')),
      false,
    );
  });
  test('a later, shorter grace wins; a longer one does not', async () => {
    const { manager, hypervisor } = world();
    hypervisor.obeysShutdown = false;
    await manager.sync(testVmi(), ready);
    manager.shutdown(3600);
    manager.shutdown(7200);
    manager.shutdown(0);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.ok(hypervisor.calls.includes(`destroy ${testUid}`));
  });
  test('a destruction that fails is tried again', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    hypervisor.failures.set('destroy', new MonovirtError('LibvirtOperationFailed', 'still there'));
    manager.shutdown(0);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.ok(hypervisor.calls.includes(`destroy ${testUid}`));
  });
  for (const [name, hang] of [
    ['that does not answer', async (): Promise<unknown> => undefined],
    ['that hangs in a request', async (manager: DomainManager): Promise<unknown> => manager.pause()],
  ] as const) {
    test(`a QEMU ${name} is destroyed when its grace is over`, async () => {
      const { manager, hypervisor } = world();
      await manager.sync(testVmi(), ready);
      // libvirt gives such calls up only when QEMU is gone.
      const { promise: hung, reject } = Promise.withResolvers<never>();
      hung.catch(() => undefined);
      hypervisor.subscribe(({ type }) => type === 'lifecycle' && reject(new Error('QEMU is gone')));
      hypervisor.suspend = () => hung;
      hypervisor.shutdown = () => hung;
      void hang(manager).catch(() => undefined);
      manager.shutdown(0.05);
      assert.equal(await manager.ended, exitCodes.guestStopped);
      assert.ok(hypervisor.calls.includes(`destroy ${testUid}`));
      await manager.settled();
    });
  }
  test('lets a paused guest go on to hear the button', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi(), ready);
    await manager.pause();
    manager.shutdown(30);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    const order = hypervisor.calls.filter((call) => /^(resume|shutdown)/.test(call));
    assert.deepEqual(order, [`resume ${testUid}`, `shutdown ${testUid}`]);
  });
  test('a guest that has never run is not asked', async () => {
    const { manager, hypervisor } = world();
    await manager.sync(testVmi({ startStrategy: 'Paused' }), ready);
    manager.shutdown(3600);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.equal(
      hypervisor.calls.some((call) => call.startsWith('resume')),
      false,
    );
  });
  test('while the network is made ready is the end: no sidecar is asked, and nothing is defined', async () => {
    const asked: string[] = [];
    const { manager, hypervisor, served } = world({
      serveNetwork: async () => void manager.shutdown(30),
      changeDomain: async (given) => {
        asked.push(given);
        return given;
      },
    });
    assert.equal((await manager.sync(testVmi(), ready)).state, 'absent');
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.deepEqual([asked, served, hypervisor.calls.includes('define')], [[], [], false]);
  });
  test('before anything started ends at once, and nothing starts any more', async () => {
    const stuck = Promise.withResolvers<never>();
    const { manager, starts } = world({
      prepareDisks: (_vmi, signal) => {
        signal.addEventListener('abort', () => stuck.reject(signal.reason));
        return stuck.promise;
      },
    });
    const syncing = manager.sync(testVmi(), ready);
    manager.shutdown(30);
    assert.equal(await manager.ended, exitCodes.guestStopped);
    assert.equal((await syncing).state, 'absent');
    await manager.sync(testVmi(), ready);
    assert.equal(starts(), 0);
  });
});

suite('a libvirtd that does not come back', () => {
  const lost = new MonovirtError('LibvirtUnavailable', 'gone');
  test('ends the launcher when no guest runs', async () => {
    const { manager } = world();
    manager.onDaemonLost(lost);
    assert.equal(await manager.ended, exitCodes.libvirtUnavailable);
    assert.equal(manager.reports.current.failure?.reason, 'LibvirtUnavailable');
  });
  test('leaves a running guest alone', async () => {
    const { manager } = world();
    await manager.sync(testVmi(), ready);
    manager.onDaemonLost(lost);
    assert.equal(manager.active, true);
  });
});
