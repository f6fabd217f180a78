/** The binding keeps nothing: no memory of a call, no thread at exit. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { skipped, startDaemon } from '../testing/daemon.ts';
import type { TestDaemon } from '../testing/daemon.ts';
import type { Hypervisor } from '../types.ts';
import { openLibvirt } from './open.ts';

const xml = `<domain type='qemu'><name>cycle</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>`;

const cycles = 1000;
/** A text of XML that is read has more than 2 KiB: leaking one a cycle would show, three times. */
const allowedGrowth = 4 * 1024;

async function cycle(hypervisor: Hypervisor): Promise<void> {
  const uuid = await hypervisor.define(xml);
  await Promise.all([hypervisor.xml(uuid), hypervisor.xml(uuid), hypervisor.list()]);
  await hypervisor.resume(uuid).catch(() => undefined);
  await hypervisor.undefine(uuid);
}

/** Memory of this process that no file backs, in KiB, after a collection. */
function anonymousMemory(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert.ok(typeof collect === 'function');
  collect();
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

describe('resources of the binding', { skip: skipped }, () => {
  let daemon: TestDaemon;
  before(async () => {
    daemon = await startDaemon();
  });
  after(() => daemon.stop());

  test(`${cycles} cycles of define and undefine leave no memory behind`, async () => {
    await using hypervisor = await openLibvirt({ uri: daemon.uri });
    for (let index = 0; index < cycles / 2; index += 1) await cycle(hypervisor);
    const start = anonymousMemory();
    for (let index = 0; index < cycles; index += 1) await cycle(hypervisor);
    const growth = anonymousMemory() - start;
    assert.ok(growth < allowedGrowth, `memory grew by ${growth} KiB`);
  });

  test('connections come and go without leaving threads or descriptors', async () => {
    const held = (): number[] => ['fd', 'task'].map((kind) => readdirSync(`/proc/self/${kind}`).length);
    const visit = async (): Promise<void> => {
      await using hypervisor = await openLibvirt({ uri: daemon.uri });
      await hypervisor.list();
    };
    await visit();
    const start = held();
    for (let index = 0; index < 20; index += 1) await visit();
    await Promise.all(Array.from({ length: 10 }, visit));
    assert.deepEqual(held(), start);
  });

  for (const { name, end, code } of [
    {
      name: 'process.exit ends a process at once though the event thread waits',
      end: 'process.exit(3)',
      code: 3,
    },
    {
      name: 'a process ends by itself after the last connection closed',
      end: 'await hypervisor.close()',
      code: 0,
    },
  ]) {
    test(name, { timeout: 30_000 }, async () => {
      const script = `const { openLibvirt } = await import(${JSON.stringify(join(import.meta.dirname, 'open.ts'))});
        const hypervisor = await openLibvirt({ uri: ${JSON.stringify(daemon.uri)} });
        await hypervisor.list();
        ${end};`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const [exitCode] = await once(child, 'exit');
      assert.equal(exitCode, code);
    });
  }
});
