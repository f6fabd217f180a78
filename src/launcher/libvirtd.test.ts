/** Supervision of programs that play libvirtd. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { FakeHypervisor } from '../libvirt/testing/fake.ts';
import type { Hypervisor, HypervisorEvent } from '../libvirt/types.ts';
import { HypervisorLink } from './hypervisor-link.ts';
import { Libvirtd } from './libvirtd.ts';
import { createLineLogger } from './log.ts';
import { pathsIn, podFolders } from './paths.ts';
import type { Paths } from './paths.ts';
import { Eventually, Transcript } from './testing/eventually.ts';

let root: string;
let paths: Paths;
let said: Transcript;
const signal = AbortSignal.timeout(60_000);
/** Messages of libvirtd, more than are told. */
const numbers = 'seq -f "2026-11-23 21:00:00.123+0000: 1: error : main:1 : number %g" 2000 >&2';
const listening = 'touch "$XDG_RUNTIME_DIR/libvirt/libvirt-sock"; exec sleep 1000';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mvd-'));
  paths = pathsIn({ ...podFolders, privateDir: join(root, 'p'), cacheDir: join(root, 'cache') });
  said = new Transcript();
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function libvirtd(
  script: string,
  change: { startTimeoutMs?: number; maxFailures?: number } = {},
): Promise<Libvirtd> {
  const command = join(root, 'libvirtd');
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  const log = createLineLogger({ level: 'debug', write: (line) => said.add(line) });
  const made = new Libvirtd({ paths, log, command, ...change });
  made.start();
  return made;
}

suite('libvirtd', () => {
  test('is ready when its socket is there, in folders of its own', async () => {
    await using daemon = await libvirtd(`echo "$@ $HOME $TMPDIR" > ${root}/seen; ${listening}`);
    await daemon.ready(signal);
    const seen = await readFile(join(root, 'seen'), 'utf8');
    assert.equal(seen, `--config ${paths.configHome}/libvirt/libvirtd.conf ${paths.home} ${paths.home}\n`);
    assert.match(
      await readFile(join(paths.configHome, 'libvirt/qemu.conf'), 'utf8'),
      /stdio_handler = "file"/,
    );
  });

  test('is heard at a bounded rate, and after a line that does not end too', async () => {
    const long = 'head -c 100000 /dev/zero | tr "\\0" x >&2; echo >&2';
    await using daemon = await libvirtd(`${long}; ${numbers}; ${listening}`);
    await daemon.ready(signal);
    await said.says('number 2000');
    const told = said.text.split('\n').filter((line) => /number.*"info"/.test(line)).length;
    assert.ok(told > 0 && told < 200, `${told} lines`);
  });

  test('is heard without what it quotes of a guest, in a line of any length', async () => {
    const quote = `2026-11-23 21:00:00.123+0000: 1: error : qemuAgentCheckError:1141 : unable to execute QEMU agent command 'x': `;
    const long = `head -c 200000 /dev/zero | tr "\\0" x >&2; echo secret >&2`;
    await using daemon = await libvirtd(
      `echo "${quote}secret" >&2; printf "${quote}" >&2; ${long}; ${numbers}; ${listening}`,
    );
    await daemon.ready(signal);
    await said.says('number 2000');
    assert.match(said.text, /not repeated/);
    assert.doesNotMatch(said.text, /secret/);
  });

  test('comes back when it is killed, and is not ready in between', async () => {
    await using daemon = await libvirtd(listening);
    await daemon.ready(signal);
    const first = daemon.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await said.says('will be started again');
    await daemon.ready(signal);
    assert.notEqual(daemon.pid, first);
    assert.throws(() => process.kill(first, 0));
  });

  const hopeless: [string, string][] = [
    ['ends at once', 'echo "no way" >&2; exit 7'],
    ['never listens', 'exec sleep 1000'],
  ];
  for (const [name, script] of hopeless) {
    test(`is given up when it ${name}`, async () => {
      await using daemon = await libvirtd(script, { startTimeoutMs: 100, maxFailures: 2 });
      assert.equal((await daemon.failed).reason, 'LibvirtUnavailable');
    });
  }

  test('is given up when it does not exist', async () => {
    const log = createLineLogger({ write: (line) => said.add(line) });
    await using daemon = new Libvirtd({ paths, log, command: join(root, 'none'), maxFailures: 2 });
    daemon.start();
    assert.equal((await daemon.failed).reason, 'LibvirtUnavailable');
  });

  test('leaves nothing behind', async () => {
    const daemon = await libvirtd(listening);
    await daemon.ready(signal);
    const pid = daemon.pid ?? 0;
    await daemon[Symbol.asyncDispose]();
    assert.throws(() => process.kill(pid, 0));
    const waiting = daemon.ready(AbortSignal.abort(new Error('over')));
    await assert.rejects(waiting, /over/);
  });
});

suite('the connection to libvirtd', () => {
  test('is opened again whenever it is lost, and says so', async () => {
    const opened: FakeHypervisor[] = [];
    const events = new Eventually<HypervisorEvent['type'] | 'connected'>();
    let refusals = 2;
    const log = createLineLogger({ write: () => undefined });
    const daemon = { uri: 'fake:///', ready: () => Promise.resolve() };
    const open = async (): Promise<Hypervisor> => {
      if (refusals-- > 0) throw new Error('not yet');
      const fake = new FakeHypervisor();
      opened.push(fake);
      return fake;
    };
    await using link = new HypervisorLink({ daemon, open, log, onEvent: ({ type }) => events.add(type) });
    link.start();
    assert.equal(await link.get(signal), opened[0]);
    opened[0]?.lose();
    assert.equal(events.all.length, 1);
    while (opened.length < 2) await new Promise(setImmediate);
    assert.equal(await link.get(signal), opened[1]);
    assert.deepEqual(events.all, ['connected', 'connected']);
    await assert.rejects(link.get(AbortSignal.abort(new Error('over'))), /over/);
  });
});
