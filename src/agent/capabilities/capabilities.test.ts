import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { until } from '../../kube/testing/until.ts';
import { capabilitiesFolder, guestFeaturesFile } from '../../launcher/layout.ts';
import type { Logger } from '../../support/log.ts';
import { keepCapabilities } from './keep.ts';
import { capabilitiesKey, processorOf } from './key.ts';
import { probeAsLauncher } from './probe.ts';
import type { Probe } from './probe.ts';

const asRoot = process.getuid?.() === 0;
let root: string;
let cacheDir: string;
let probed: string[];
let warnings: number;
const logger: Logger = {
  debug() {},
  info() {},
  warn: () => (warnings += 1),
  error() {},
  child: () => logger,
};
const signal = AbortSignal.timeout(20_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'caps-'));
  cacheDir = join(root, 'cache');
  await mkdir(cacheDir);
  await mkdir(join(root, 'dev'));
  [probed, warnings] = [[], 0];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const probe: Probe = async (accelerator, outDir) => {
  probed.push(accelerator);
  await writeFile(join(outDir, 'a.xml'), `<${accelerator}/>`);
  await writeFile(join(outDir, guestFeaturesFile), '{}');
};

const keep = (key: string, change: { probe?: Probe; signal?: AbortSignal } = {}) =>
  keepCapabilities(
    { cacheDir, deviceDir: join(root, 'dev'), key: async () => key, logger, probe: change.probe ?? probe },
    change.signal ?? signal,
  );
const seenBy = (accelerator: 'kvm' | 'tcg') =>
  readFile(join(cacheDir, capabilitiesFolder(accelerator), 'a.xml'), 'utf8');

describe('capabilities of QEMU', { skip: !asRoot && 'files are handed to another user' }, () => {
  test('are probed once a key, and what another key left goes', async () => {
    await keep('one');
    await keep('one');
    assert.deepEqual(probed, ['tcg']);
    assert.equal(await seenBy('tcg'), '<tcg/>');
    await mkdir(join(cacheDir, '.work-of-a-dead-agent'));
    await keep('two');
    assert.deepEqual(probed, ['tcg', 'tcg']);
    assert.deepEqual((await readdir(cacheDir)).toSorted(), ['current', 'two']);
    assert.equal(await seenBy('tcg'), '<tcg/>');
  });

  test('are probed with and without /dev/kvm where the node has it, also when it came later', async () => {
    await keep('one');
    await writeFile(join(root, 'dev/kvm'), '');
    await keep('one');
    assert.deepEqual(probed, ['tcg', 'kvm']);
    assert.deepEqual([await seenBy('kvm'), await seenBy('tcg')], ['<kvm/>', '<tcg/>']);
  });

  test('hold nothing but files that a probe may leave', async () => {
    await keep('one', {
      probe: async (accelerator, outDir, ending) => {
        await probe(accelerator, outDir, ending);
        await chown(join(outDir, 'a.xml'), 107, 107);
        await symlink('/etc/shadow', join(outDir, 'link.xml'));
        await mkdir(join(outDir, 'folder.xml'));
        await writeFile(join(outDir, 'log.txt'), '');
        await writeFile(join(outDir, 'huge.xml'), Buffer.alloc(4 * 1024 * 1024 + 1));
      },
    });
    const folder = join(cacheDir, capabilitiesFolder('tcg'));
    assert.deepEqual((await readdir(folder)).toSorted(), ['a.xml', guestFeaturesFile]);
    assert.equal((await stat(join(folder, 'a.xml'))).uid, 0, "not the launchers' to change");
  });

  test('serve launchers before it is known what guests can have, which is asked again', async () => {
    const stop = new AbortController();
    const first = keep('one', {
      signal: stop.signal,
      probe: async (accelerator, outDir, ending) => {
        await probe(accelerator, outDir, ending);
        await rm(join(outDir, guestFeaturesFile));
      },
    });
    await until(() => warnings === 1, 'a warning');
    stop.abort();
    await first;
    assert.equal(await seenBy('tcg'), '<tcg/>');
    await keep('one');
    await keep('one');
    assert.deepEqual(probed, ['tcg', 'tcg']);
    const folder = join(cacheDir, capabilitiesFolder('tcg'));
    assert.deepEqual((await readdir(folder)).toSorted(), ['a.xml', guestFeaturesFile]);
  });

  test('of the former key serve until a probe has worked', async () => {
    await keep('one');
    const stop = new AbortController();
    const failing = keep('two', { probe: () => Promise.reject(new Error('no')), signal: stop.signal });
    await until(() => warnings === 1, 'a warning');
    assert.equal(await seenBy('tcg'), '<tcg/>');
    stop.abort();
    await failing;
    assert.deepEqual(
      (await readdir(cacheDir)).filter((name) => name.startsWith('.')),
      [],
    );
  });
});

test('the key follows the programs and the processor', async () => {
  const program = join(root, 'program');
  const cpuInfo = join(root, 'cpuinfo');
  await writeFile(program, 'one');
  await writeFile(cpuInfo, 'model name : a\nmicrocode : 0x1\ncpu MHz : 1');
  const key = () => capabilitiesKey({ programs: [program], cpuInfo });
  const first = await key();
  assert.equal(await key(), first);
  await writeFile(cpuInfo, 'model name : a\nmicrocode : 0x1\ncpu MHz : 2');
  assert.equal(await key(), first, 'the clock rate changes all the time');
  await writeFile(cpuInfo, 'model name : a\nmicrocode : 0x2\ncpu MHz : 2');
  const second = await key();
  assert.notEqual(second, first);
  await utimes(program, 1, 1);
  assert.notEqual(await key(), second);
  await assert.rejects(capabilitiesKey({ programs: [join(root, 'none')] }), { code: 'ENOENT' });
});

test('a processor is its first core', () => {
  const core = 'processor\t: 0\nvendor_id\t: V\nflags\t\t: a b\nbogomips\t: 1';
  assert.deepEqual(processorOf(`${core}\n\n${core.replace('a b', 'c')}\n`), [
    'vendor_id\t: V',
    'flags\t\t: a b',
  ]);
});

describe('the probe', { skip: !asRoot && 'mounts a /dev of its own' }, () => {
  const seen = async (script: string, accelerator: 'kvm' | 'tcg'): Promise<string> => {
    const out = join(root, 'out');
    await mkdir(out);
    for (const folder of [root, out]) await chmod(folder, 0o777);
    await writeFile(join(root, 'monovirt'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await probeAsLauncher(`${root}:/usr/sbin:/usr/bin:/sbin:/bin`)(accelerator, out, signal);
    return readFile(join(out, 'seen'), 'utf8');
  };

  for (const [accelerator, devices] of [
    ['tcg', 'full null random urandom zero'],
    ['kvm', 'full kvm null random urandom zero'],
  ] as const) {
    test(`with ${accelerator} sees what a launcher sees, as its user`, async () => {
      const text = await seen(
        '{ echo $1 $2 $3; id -u; id -g; id -G; echo $(ls /dev); } > "$4/seen"',
        accelerator,
      );
      assert.equal(text, `--role launcher --warm-capabilities\n107\n107\n107\n${devices}\n`);
    });
  }

  test('has no capability and can gain none', async () => {
    const text = await seen('grep -E "^(Cap(Prm|Eff|Bnd)|NoNewPrivs)" /proc/self/status > "$4/seen"', 'tcg');
    assert.match(text, /CapPrm:\s0+\nCapEff:\s0+\nCapBnd:\s0+\nNoNewPrivs:\s1\n/);
  });

  test('that fails says why', async () => {
    await assert.rejects(seen('echo no QEMU here >&2; exit 3', 'tcg'), {
      reason: 'ProbeFailed',
      message: /\(tcg\): exit code 3: no QEMU here/,
    });
  });
});
