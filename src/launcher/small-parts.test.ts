import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { DomainStatus } from '../libvirt/types.ts';
import { copyCapabilities } from './capabilities.ts';
import { exitCodeOf, isActive } from './ending.ts';
import { exitCodes } from './exit-codes.ts';
import { createLineLogger } from './log.ts';
import { parseOptions } from './options.ts';
import { defaultSmbios } from '../api/smbios.ts';
import { rateLimit } from './rate-limit.ts';
import { Ring } from './ring.ts';
import { runTool } from './tool.ts';

suite('the ring', () => {
  const rows: [string, string[], string][] = [
    ['nothing', [], ''],
    ['less than it holds', ['ab'], 'ab'],
    ['exactly what it holds', ['abcd'], 'abcd'],
    ['more in pieces', ['abc', 'de', 'f'], 'cdef'],
    ['more at once', ['x', 'abcdefg'], 'defg'],
  ];
  for (const [name, chunks, expected] of rows) {
    test(name, () => {
      const ring = new Ring(4);
      for (const chunk of chunks) ring.write(Buffer.from(chunk));
      assert.equal(ring.read().toString(), expected);
    });
  }
});

test('the rate limit gives back over time', () => {
  let time = 0;
  const limit = rateLimit(2, 3, () => time);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => limit.take()),
    [true, true, true, false],
  );
  time = 500;
  assert.deepEqual([limit.take(), limit.take()], [true, false]);
});

suite('what an end means', () => {
  const calm = { panicked: false, stopping: false };
  const rows: [DomainStatus, typeof calm, number][] = [
    [{ state: 'shutoff', reason: 'shutdown' }, calm, exitCodes.guestStopped],
    [{ state: 'shutoff', reason: 'destroyed' }, calm, exitCodes.guestStopped],
    [{ state: 'shutoff', reason: 'crashed' }, calm, exitCodes.guestCrashed],
    [{ state: 'shutoff', reason: 'crashed' }, { ...calm, stopping: true }, exitCodes.guestStopped],
    [{ state: 'shutoff', reason: 'crashed' }, { ...calm, panicked: true }, exitCodes.guestPanicked],
    [{ state: 'crashed', reason: 'panicked' }, calm, exitCodes.guestPanicked],
    [{ state: 'absent', reason: 'unknown' }, calm, exitCodes.guestCrashed],
  ];
  for (const [status, past, code] of rows) {
    test(`${status.state}/${status.reason} ${JSON.stringify(past)}`, () => {
      assert.equal(isActive(status), false);
      assert.equal(exitCodeOf(status, past), code);
    });
  }
});

suite('the command line', () => {
  const identity = ['--namespace', 'n', '--name', 'v', '--uid', 'u'];
  const given = {
    namespace: 'n',
    name: 'v',
    uid: 'u',
    emulation: false,
    smbios: defaultSmbios,
    gracePeriodSeconds: 30,
    hookSidecars: 0,
    logLevel: 'info',
  };
  const rows: [string, string[], object | undefined][] = [
    ['the least', identity, given],
    [
      'everything',
      [...identity, '--emulation', '--grace-period-seconds', '0', '--log-level', 'debug'],
      { ...given, emulation: true, gracePeriodSeconds: 0, logLevel: 'debug' },
    ],
    [
      'another maker',
      [...identity, '--smbios', '{"product":"P"}'],
      { ...given, smbios: { ...defaultSmbios, product: 'P' } },
    ],
    ['a maker that is none', [...identity, '--smbios', 'Example'], undefined],
    ['no uid', identity.slice(0, 4), undefined],
    ['an unknown option', [...identity, '--what'], undefined],
    ['a grace that is none', [...identity, '--grace-period-seconds', 'soon'], undefined],
    ['a negative grace', [...identity, '--grace-period-seconds=-1'], undefined],
  ];
  for (const [name, args, expected] of rows) {
    test(name, () => {
      if (expected === undefined) assert.throws(() => parseOptions(args), { reason: 'UsageError' });
      else assert.deepEqual(parseOptions(args), expected);
    });
  }
});

test('the log writes one object a line, of its level and above', () => {
  const lines: string[] = [];
  const log = createLineLogger({
    level: 'warn',
    fields: { role: 'launcher' },
    write: (line) => lines.push(line),
  }).child({ uid: 'u' });
  log.info('no');
  log.warn('yes', { reason: 'R' });
  const { timestamp, ...rest } = JSON.parse(lines.join('')) as Record<string, unknown>;
  assert.deepEqual(rest, { role: 'launcher', uid: 'u', reason: 'R', level: 'warn', message: 'yes' });
  assert.equal(typeof timestamp, 'string');
});

suite('tools', () => {
  const signal = AbortSignal.timeout(30_000);
  test('give their output', async () =>
    assert.equal(await runTool('echo', ['a b', '$HOME'], { signal }), 'a b $HOME\n'));
  const failing: [string, string, string[], object][] = [
    ['that fail', 'sh', ['-c', 'echo why >&2; exit 3'], {}],
    ['that take too long', 'sleep', ['30'], { timeoutMs: 50 }],
    ['that take too much memory', 'sh', ['-c', 'head -c 200000000 /dev/zero | tail'], { memoryKiB: 50_000 }],
    ['that do not exist', '/no/such/tool', [], {}],
    ['that say more than was expected', 'head', ['-c', '1001', '/dev/zero'], { maxOutput: 1000 }],
  ];
  for (const [name, command, args, bounds] of failing) {
    test(name, async () =>
      assert.rejects(runTool(command, args, { signal, ...bounds }), { reason: 'ToolFailed' }),
    );
  }
});

test('capabilities are copied, and nothing else', async () => {
  const root = await mkdtemp(join(tmpdir(), 'mvw-'));
  try {
    const [from, to] = [join(root, 'from'), join(root, 'to')];
    assert.equal(await copyCapabilities(from, to), false);
    await mkdir(join(from, 'folder'), { recursive: true });
    for (const name of ['a.xml', 'b.txt', 'folder/c.xml']) await writeFile(join(from, name), name);
    await writeFile(join(from, 'big.xml'), Buffer.alloc(5 * 1024 * 1024));
    await symlink('/etc/passwd', join(from, 'link.xml'));
    assert.equal(await copyCapabilities(from, to), true);
    assert.deepEqual(await readdir(to), ['a.xml']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
