import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import { assignPins } from './host-cpus.ts';
import type { HostCpu, PinRequest } from './host-cpus.ts';

/** `id:core@node`, apart by white space. */
const host = (text: string): HostCpu[] =>
  text.split(' ').map((part) => {
    const [, id, core, node] = /^(\d+):(\d+)@(\d+)$/.exec(part) ?? [];
    return { id: Number(id), core: core ?? '', numaNode: Number(node) };
  });

const rows: {
  name: string;
  cpus: string;
  request: Partial<PinRequest>;
  vcpus: number[];
  spare?: number[];
}[] = [
  { name: 'one thread a core', cpus: '4:4@0 5:5@0', request: { cores: 2 }, vcpus: [4, 5] },
  {
    name: 'two threads go to two threads of one core, however they are numbered',
    cpus: '0:0@0 1:1@0 8:0@0 9:1@0',
    request: { cores: 2, threads: 2 },
    vcpus: [0, 8, 1, 9],
  },
  {
    name: 'whole cores first, the torn one is spare',
    cpus: '1:1@0 2:2@0 10:2@0',
    request: { cores: 1, threads: 2, spare: 1 },
    vcpus: [2, 10],
    spare: [1],
  },
  {
    name: 'threads of torn cores do when nothing else is left',
    cpus: '1:1@0 2:2@0',
    request: { cores: 1, threads: 2 },
    vcpus: [1, 2],
  },
  {
    name: 'virtual processors are numbered by memory node',
    cpus: '3:3@1 0:0@0 4:4@1 1:1@0',
    request: { cores: 4, strict: true },
    vcpus: [0, 1, 3, 4],
  },
];

for (const { name, cpus, request, vcpus, spare = [] } of rows) {
  test(name, () => {
    const pins = assignPins(host(cpus), { cores: 1, threads: 1, spare: 0, strict: false, ...request });
    assert.deepEqual(
      pins.vcpus.map(({ id }) => id),
      vcpus,
    );
    assert.deepEqual(
      pins.spare.map(({ id }) => id),
      spare,
    );
  });
}

const refused = (cpus: string, request: Partial<PinRequest>, reason: string): void =>
  assert.throws(
    () => assignPins(host(cpus), { cores: 1, threads: 1, spare: 0, strict: false, ...request }),
    (error) => error instanceof MonovirtError && error.reason === reason,
  );

test('a pod whose processors are not its own is refused', () => {
  refused('0:0@0 1:1@0 2:2@0', { cores: 2 }, 'CpusNotDedicated');
  refused('0:0@0', { cores: 2 }, 'CpusNotDedicated');
});

test('a core that would spread over memory nodes is refused where they are mirrored', () => {
  refused('0:0@0 1:1@1', { cores: 1, threads: 2, strict: true }, 'CoresDoNotFit');
});
