import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Vmi } from '../../api/types.ts';
import { createLogger } from '../../support/log.ts';
import { testVmi } from '../testing/vmi.ts';
import { Hooks } from './hooks.ts';
import { decodeInfo } from './messages.ts';
import { ask } from './sidecars.ts';
import { serveSidecar } from './testing/sidecar.ts';
import type { TestSidecar } from './testing/sidecar.ts';

const log = createLogger('test', 'error');
const domain = '<domain type="qemu"><name>vm</name></domain>';
const named = (mark: string) => (xml: string) => xml.replace('</name>', `${mark}</name>`);

interface World extends AsyncDisposable {
  folder: string;
  hooks: Hooks;
  serve(index: number, sidecar: TestSidecar): Promise<void>;
}

async function world(
  count: number,
  bounds: { readyTimeoutMs?: number; callTimeoutMs?: number } = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'mvh-'));
  const servers: { close(): Promise<void> }[] = [];
  return {
    folder,
    hooks: new Hooks({ folder, count, log, readyTimeoutMs: 10_000, ...bounds }),
    serve: async (index, sidecar) => {
      servers.push(await serveSidecar(join(folder, `hook-sidecar-${index}`), sidecar));
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const define = ({ hooks }: World, vmi: Vmi = testVmi()): Promise<string> =>
  hooks.onDefineDomain(domain, vmi, AbortSignal.timeout(20_000));

suite('hook sidecars', () => {
  test('all change the domain, the one of the highest priority first, those of one priority by name', async () => {
    await using place = await world(3);
    const last = { name: 'a', points: { OnDefineDomain: 1 }, change: named('-last') };
    await place.serve(0, { ...last });
    await place.serve(1, { name: 'c', points: { OnDefineDomain: 9 }, change: named('-second') });
    await place.serve(2, { name: 'b', points: { OnDefineDomain: 9 }, change: named('-first') });
    assert.match(await define(place), /<name>vm-first-second-last</);
  });

  test('each is shown the VMI as JSON', async () => {
    await using place = await world(1);
    await place.serve(0, {
      name: 's',
      change: (xml, vmi) => named((JSON.parse(vmi) as Vmi).metadata.name)(xml),
    });
    assert.match(await define(place), new RegExp(`<name>vm${testVmi().metadata.name}<`));
  });

  for (const version of ['v1alpha1', 'v1alpha2', 'v1alpha3']) {
    test(`one that speaks ${version} alone is understood`, async () => {
      await using place = await world(1);
      await place.serve(0, { name: 's', versions: ['v9', version], change: named('-seen') });
      assert.match(await define(place), /vm-seen/);
    });
  }

  test('one that is late is waited for; what lies in its folder meanwhile is no socket', async () => {
    await using place = await world(1);
    const own = join(place.folder, 'hook-sidecar-0');
    const defined = define(place);
    await mkdir(join(own, 'userdata'), { recursive: true });
    await writeFile(join(own, 'a-file'), '');
    await symlink('/run/elsewhere.sock', join(own, 'a-link'));
    await place.serve(0, { name: 's', change: named('-seen') });
    assert.match(await defined, /vm-seen/);
  });

  test('one that does not want to see domains is not shown any', async () => {
    await using place = await world(1);
    await place.serve(0, { name: 's', points: { Shutdown: 0 }, change: named('-seen') });
    assert.equal(await define(place), domain);
  });

  test('the end is told to those who want to know', async () => {
    await using place = await world(1);
    let told = false;
    await place.serve(0, { name: 's', points: { Shutdown: 0 }, shutdown: () => (told = true) });
    await define(place);
    await place.hooks.shutdown(5_000);
    assert.ok(told);
  });

  for (const { name, sidecar, reason, says } of [
    {
      name: 'fails',
      sidecar: { name: 's', change: () => Promise.reject(new Error('no such bridge')) },
      reason: 'SidecarFailed',
      says: /hook-sidecar-0 \(s\) failed at OnDefineDomain: .*no such bridge/,
    },
    {
      name: 'answers no domain',
      sidecar: { name: 's', change: () => 'done' },
      reason: 'SidecarFailed',
      says: /holds no <domain>/,
    },
    {
      name: 'answers without end',
      sidecar: { name: 's', change: (xml: string) => xml + ' '.repeat(2 * 1024 * 1024) },
      reason: 'SidecarFailed',
      says: /2097\d+ characters/,
    },
    {
      name: 'speaks no version of ours',
      sidecar: { name: 's', versions: ['v2'] },
      reason: 'SidecarUnsupported',
      says: /hook-sidecar-0 \(s\) speaks versions v2 .* one of v1alpha3, v1alpha2, v1alpha1/,
    },
    {
      name: 'never answers',
      sidecar: { name: 's', change: () => new Promise<string>(() => undefined) },
      reason: 'SidecarFailed',
      says: /failed at OnDefineDomain: /,
    },
  ]) {
    test(`one that ${name} is told by name`, async () => {
      await using place = await world(1, { callTimeoutMs: 300 });
      await place.serve(0, sidecar);
      await assert.rejects(define(place), (error: { reason: string; message: string }) => {
        assert.equal(error.reason, reason);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  test('one that does not come is told by name, and waited for again', async () => {
    await using place = await world(2, { readyTimeoutMs: 200 });
    await place.serve(0, { name: 'here' });
    await assert.rejects(define(place), {
      reason: 'SidecarNotReady',
      message: /hook-sidecar-1 does not answer on a socket in .*: it has no socket yet; see its log/,
    });
    await place.serve(1, { name: 'late', change: named('-seen') });
    assert.match(await define(place), /vm-seen/);
  });

  test('cloud-init data is not theirs to change, and the VM is not started without', async () => {
    await using place = await world(1);
    await place.serve(0, { name: 's', points: { PreCloudInitIso: 0 } });
    assert.equal(await define(place), domain);
    const seeded = testVmi({ volumes: [{ name: 'seed', cloudInitNoCloud: { userData: '#!/bin/sh' } }] });
    await assert.rejects(define(place, seeded), { reason: 'SidecarUnsupported' });
  });
});

test('one that is asked when the VM ends already is told by name, and its own failure ends no process', async () => {
  const socket = join(tmpdir(), 'mvh-none', 'no.sock');
  const sidecar = { container: 'hook-sidecar-0', name: 's', socket, version: 'v1alpha3', points: new Map() };
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', hear);
  await assert.rejects(
    ask(sidecar, 'OnDefineDomain', Buffer.alloc(0), { signal: AbortSignal.abort(new Error('stopping')) }),
    { reason: 'SidecarFailed', message: /hook-sidecar-0 \(s\) failed at OnDefineDomain: stopping/ },
  );
  await new Promise(setImmediate);
  process.off('unhandledRejection', hear);
  assert.deepEqual(unheard, []);
});

test('what a sidecar says of itself is bounded', () => {
  const entry = Buffer.concat([Buffer.from([(4 << 3) | 2, 0xac, 0x02]), Buffer.alloc(300, 'v')]);
  const { versions } = decodeInfo(Buffer.concat(Array.from({ length: 100 }, () => entry)));
  assert.deepEqual([versions.length, versions[0]?.length], [32, 256]);
});
