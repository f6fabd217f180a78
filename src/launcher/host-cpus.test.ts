import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCpuList, readHostCpus } from './host-cpus.ts';

test('a list of processors', () => {
  assert.deepEqual(parseCpuList('0-2,5,7-8'), [0, 1, 2, 5, 7, 8]);
  assert.deepEqual(parseCpuList('3'), [3]);
  assert.deepEqual(parseCpuList(''), []);
});

test('only what this container may use, with core and memory node', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cpus-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
  await mkdir(join(root, 'self'));
  await writeFile(
    join(root, 'self/status'),
    'Name:\tx\nCpus_allowed:\t22\nCpus_allowed_list:\t1,5\nMems_allowed:\t3\n',
  );
  for (const [id, core, node] of [
    [1, 1, 0],
    [5, 1, 1],
  ] as const) {
    const folder = join(root, `devices/system/cpu/cpu${id}`);
    await mkdir(join(folder, 'topology'), { recursive: true });
    await writeFile(join(folder, 'topology/core_id'), `${core}\n`);
    await writeFile(join(folder, 'topology/physical_package_id'), `${node}\n`);
    await symlink(`../../node/node${node}`, join(folder, `node${node}`));
  }
  assert.deepEqual(readHostCpus({ procDir: root, sysDir: root }), [
    { id: 1, core: '0:1', numaNode: 0 },
    { id: 5, core: '1:1', numaNode: 1 },
  ]);
});

test('the kernel of this machine tells', () => {
  assert.ok(readHostCpus().length > 0);
});
