/** Every golden domain is taken by a real libvirt; those that need no tap are started, too. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { DomainContext } from '../context.ts';
import { domainCases } from '../testing/cases.ts';
import { contextOf } from '../testing/context.ts';
import { skipped, startDaemon } from '../testing/daemon.ts';
import type { TestDaemon } from '../testing/daemon.ts';
import type { Hypervisor } from '../types.ts';
import { domainXml } from '../xml/domain.ts';
import { domainUuid } from '../xml/identity.ts';
import { openLibvirt } from './open.ts';

const run = promisify(execFile);
/**
 * As many as a hypervisor has lanes. Most of a test passes until the process that adopts QEMU has reaped it.
 */
const concurrency = 2;
/** They name kernels that are none. */
const notStarted = new Set(['kernel-boot', 'hostile-strings']);

describe('golden domains on a real libvirt', { skip: skipped, concurrency }, () => {
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

  for (const { name, vmi, takenBy, startable } of domainCases()) {
    test(name, async (t) => {
      const { libvirt } = await hypervisor.versions();
      if (!takenBy(libvirt)) return t.skip(`libvirt ${libvirt} is too old`);
      const context = contextOf(vmi, await ownFolder(daemon, name));
      // Without access to /dev/kvm libvirt refuses the type before it reads anything else.
      const xml = domainXml(vmi, context);
      if (!context.emulation || context.architecture !== 'amd64') return;
      const uuid = await hypervisor.define(xml, { validate: true });
      assert.equal(uuid, domainUuid(vmi));
      if (startable && context.interfaces.length === 0 && !notStarted.has(name)) {
        await makeImages(context);
        await hypervisor.start(uuid, { paused: true });
        assert.deepEqual(await hypervisor.status(uuid), { state: 'paused', reason: 'user' });
        await hypervisor.destroy(uuid);
      }
      await hypervisor.undefine(uuid);
    });
  }
});

/** Domains that run at the same time may not share images. */
async function ownFolder({ folder }: TestDaemon, name: string): Promise<string> {
  const own = join(folder, name);
  await mkdir(own);
  await chmod(own, 0o777);
  return own;
}

async function makeImages({ disks }: DomainContext): Promise<void> {
  for (const { file, format, backing } of Object.values(disks)) {
    if (backing !== undefined) await writeFile(backing.file, Buffer.alloc(1024 * 1024));
    const base = backing === undefined ? [] : ['-b', backing.file, '-F', backing.format];
    await run('qemu-img', ['create', '-q', '-f', format, ...base, file, '1M']);
    await chmod(file, 0o666);
  }
}
