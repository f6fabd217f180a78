/** The binding against a real libvirtd and a real QEMU. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LibvirtError } from '../errors.ts';
import { skipped, startDaemon } from '../testing/daemon.ts';
import type { TestDaemon } from '../testing/daemon.ts';
import { eventLog } from '../testing/event-log.ts';
import type { Hypervisor } from '../types.ts';
import { openLibvirt } from './open.ts';

const tiny = (name: string): string => `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <on_crash>destroy</on_crash>
  <devices><controller type='usb' model='none'/><memballoon model='none'/></devices>
</domain>`;

const unknownUuid = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const withReason =
  (reason: string, message: RegExp = /./) =>
  (error: unknown): boolean =>
    error instanceof LibvirtError && error.reason === reason && message.test(error.message);

/** Pid of a domain's QEMU, from the file that libvirtd keeps. */
const qemuPid = (daemon: TestDaemon, name: string): number =>
  Number(readFileSync(join(daemon.folder, 'r/libvirt/qemu/run', `${name}.pid`), 'utf8'));

describe('libvirt', { skip: skipped }, () => {
  let daemon: TestDaemon;
  let hypervisor: Hypervisor;

  before(async () => {
    daemon = await startDaemon();
    hypervisor = await openLibvirt({ uri: daemon.uri });
  });
  after(async () => {
    await hypervisor.close();
    await daemon.stop();
  });

  test('tells versions and that it is alive', async () => {
    const { libvirt, qemu } = await hypervisor.versions();
    assert.match(libvirt, /^\d+\.\d+\.\d+$/);
    assert.match(qemu, /^\d+\.\d+\.\d+$/);
    assert.equal(await hypervisor.alive(), true);
  });

  test('takes a picture of the screen, and says why there is none', async () => {
    const withScreen = tiny('screen').replace(
      '</devices>',
      `<graphics type='vnc'><listen type='socket' socket='${daemon.folder}/vnc'/></graphics>` +
        "<video><model type='vga'/></video></devices>",
    );
    const uuid = await hypervisor.create(withScreen);
    const { mime, data } = await hypervisor.screenshot(uuid);
    assert.ok(mime === 'image/png' || mime === 'image/x-portable-pixmap', mime);
    assert.match(data.toString('latin1', 0, 4), mime === 'image/png' ? /^.PNG/ : /^P6\n/);
    await hypervisor.destroy(uuid);
    const blind = await hypervisor.create(tiny('blind'));
    await assert.rejects(
      hypervisor.screenshot(blind),
      withReason('LibvirtOperationInvalid', /no screens to take screenshot from/),
    );
    await hypervisor.destroy(blind);
  });

  test('a guest without an agent cannot be asked, but its power button can be pressed', async () => {
    const uuid = await hypervisor.create(tiny('silent'));
    await assert.rejects(
      hypervisor.agentCommand(uuid, '{"execute":"guest-ping"}', 1),
      withReason('LibvirtArgumentUnsupported', /guest agent/),
    );
    await hypervisor.reboot(uuid, 'acpi');
    await hypervisor.destroy(uuid);
  });

  test('knows a disk as QEMU has it open, whatever takes its place', async () => {
    const image = join(daemon.folder, 'disk.img');
    const put = (bytes: number): void => {
      writeFileSync(image, '');
      chmodSync(image, 0o666);
      truncateSync(image, bytes);
    };
    put(2 ** 33);
    const disk = `<disk type='file'><source file='${image}'/><target dev='vda' bus='virtio'/></disk></devices>`;
    const uuid = await hypervisor.create(tiny('sized').replace('</devices>', disk));
    assert.equal(await hypervisor.diskBytes(uuid, 'vda'), 2 ** 33);
    await hypervisor.resize(uuid, 'vda', 2 ** 34);
    assert.equal(await hypervisor.diskBytes(uuid, 'vda'), 2 ** 34);
    rmSync(image);
    put(2 ** 20);
    assert.equal(await hypervisor.diskBytes(uuid, 'vda'), 2 ** 34);
    await assert.rejects(
      hypervisor.diskBytes(uuid, 'vdb'),
      withReason('LibvirtInvalidArgument', /^cannot read the size of vdb/),
    );
    await hypervisor.destroy(uuid);
    rmSync(image);
  });

  test('takes a domain through its life, with events in order', async () => {
    const events = eventLog(hypervisor);
    const uuid = await hypervisor.define(tiny('life'));
    assert.equal(await hypervisor.find('life'), uuid);
    assert.equal(await hypervisor.find('another'), undefined);
    assert.ok((await hypervisor.list()).some((domain) => domain.uuid === uuid && domain.name === 'life'));
    assert.deepEqual(await hypervisor.status(uuid), { state: 'shutoff', reason: 'unknown' });
    await hypervisor.start(uuid, { paused: true });
    assert.deepEqual(await hypervisor.status(uuid), { state: 'paused', reason: 'user' });
    await hypervisor.resume(uuid);
    assert.deepEqual(await hypervisor.status(uuid), { state: 'running', reason: 'user' });
    assert.match(await hypervisor.xml(uuid), /<domain type='qemu' id='\d+'/);
    await hypervisor.suspend(uuid);
    await hypervisor.resume(uuid);
    await hypervisor.shutdown(uuid);
    await hypervisor.reset(uuid);
    await events.until((event) => event.type === 'reboot');
    await hypervisor.destroy(uuid);
    assert.deepEqual(await hypervisor.status(uuid), { state: 'shutoff', reason: 'destroyed' });
    await hypervisor.undefine(uuid);
    assert.deepEqual(await hypervisor.status(uuid), { state: 'absent', reason: 'unknown' });
    await events.until((event) => event.type === 'lifecycle' && event.event === 'undefined');
    // The last word on an earlier test's domain may come late.
    const lifecycle = events
      .all()
      .flatMap((event) => (event.type === 'lifecycle' && event.uuid === uuid ? [event.event] : []));
    assert.deepEqual(
      lifecycle.filter((event) => event !== 'shutdown'),
      ['defined', 'started', 'suspended', 'resumed', 'suspended', 'resumed', 'stopped', 'undefined'],
    );
    events.end();
  });

  test('a transient domain is gone when it ends', async () => {
    const uuid = await hypervisor.create(tiny('transient'));
    assert.deepEqual(await hypervisor.status(uuid), { state: 'running', reason: 'booted' });
    await hypervisor.destroy(uuid);
    assert.equal((await hypervisor.status(uuid)).state, 'absent');
  });

  test('reports a killed QEMU as failed, by event and as state', async () => {
    const events = eventLog(hypervisor);
    const uuid = await hypervisor.define(tiny('killed'));
    await hypervisor.start(uuid);
    process.kill(qemuPid(daemon, 'killed'), 'SIGKILL');
    const stopped = await events.until(
      (event) => event.type === 'lifecycle' && event.uuid === uuid && event.event === 'stopped',
    );
    assert.ok(stopped.type === 'lifecycle' && stopped.detail === 5, 'VIR_DOMAIN_EVENT_STOPPED_FAILED');
    assert.deepEqual(await hypervisor.status(uuid), { state: 'shutoff', reason: 'crashed' });
    await hypervisor.undefine(uuid);
    events.end();
  });

  test('names what failed, and never retries bad XML', async () => {
    const uuid = await hypervisor.define(tiny('errors'));
    await assert.rejects(
      hypervisor.resume(uuid),
      withReason('LibvirtOperationInvalid', /^cannot resume the domain .*not running/),
    );
    await assert.rejects(
      hypervisor.xml(unknownUuid(1)),
      withReason('LibvirtNoDomain', /no domain with matching uuid/),
    );
    await assert.rejects(
      hypervisor.define('<domain/>'),
      (error) => error instanceof LibvirtError && error.retry === 'never',
    );
    const misspelt = tiny('misspelt').replace('<devices>', '<devices><dsik/>');
    await assert.rejects(
      hypervisor.define(misspelt, { validate: true }),
      withReason('LibvirtXmlInvalidSchema'),
    );
    await hypervisor.undefine(uuid);
  });

  test('concurrent calls get their own errors and results', async () => {
    const uuid = await hypervisor.define(tiny('crowd'));
    const calls = Array.from({ length: 200 }, async (_, index) => {
      if (index % 4 === 0) assert.match(await hypervisor.xml(uuid), /crowd/);
      else if (index % 4 === 1)
        await assert.rejects(hypervisor.resume(uuid), withReason('LibvirtOperationInvalid'));
      else
        await assert.rejects(
          hypervisor.xml(unknownUuid(index)),
          withReason('LibvirtNoDomain', new RegExp(`'${unknownUuid(index)}'`)),
        );
    });
    await Promise.all(calls);
    await hypervisor.undefine(uuid);
  });

  test('does not block JavaScript while libvirt works', async () => {
    const uuid = await hypervisor.define(tiny('busy'));
    let longest = 0;
    let last = performance.now();
    const ticker = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await hypervisor.start(uuid);
    await hypervisor.destroy(uuid);
    clearInterval(ticker);
    await hypervisor.undefine(uuid);
    assert.ok(longest < 200, `JavaScript stood still for ${longest.toFixed(0)} ms`);
  });

  test('a daemon that is not there is an error to retry', async () => {
    const missing = daemon.uri.replace('libvirt-sock', 'missing-sock');
    await assert.rejects(openLibvirt({ uri: missing }), withReason('LibvirtSystemError', /missing-sock/));
    const openings = Array.from({ length: 8 }, (_, index) =>
      assert.rejects(
        openLibvirt({ uri: `${missing}${index}` }),
        withReason('LibvirtSystemError', new RegExp(`missing-sock${index}'`)),
      ),
    );
    await Promise.all(openings);
  });

  test('a closed connection refuses, and others go on', async () => {
    const second = await openLibvirt({ uri: daemon.uri, keepAliveSeconds: 5 });
    assert.equal(await second.alive(), true);
    await Promise.all([second.close(), second.close()]);
    await assert.rejects(second.list(), withReason('LibvirtConnectionLost'));
    assert.equal(await second.alive(), false);
    assert.equal(await hypervisor.alive(), true);
  });

  test('a killed daemon is told at once, and every call then refused', async () => {
    const doomed = await startDaemon();
    try {
      await using connection = await openLibvirt({ uri: doomed.uri });
      const events = eventLog(connection);
      await connection.list();
      await doomed.kill();
      const told = await events.until((event) => event.type === 'closed');
      // Which of the two depends on whether the daemon died with something of ours unread.
      assert.ok(told.type === 'closed' && ['eof', 'error'].includes(told.reason), JSON.stringify(told));
      await assert.rejects(connection.list(), withReason('LibvirtConnectionLost'));
      assert.equal(await connection.alive(), false);
    } finally {
      await doomed.stop();
    }
  });
});
