import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vm, Vmi } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { changedFields } from './changes.ts';
import { decideVm } from './decide.ts';
import { restartMessage } from './drift.ts';
import { startSpec } from './start-spec.ts';
import {
  annotated,
  domain,
  ending,
  firmwareUuid,
  meta,
  phase,
  status,
  strategy,
  template,
  vm,
  vmi,
} from './testing/build.ts';
import type { Change } from './testing/build.ts';

const moment = { now: new Date('2026-01-01T12:00:00Z'), random: 0 };
const always = strategy('Always');
const running = vmi(phase('Running'));
const instancetype = (name: string, revisionName?: string): Change<Vm> => {
  const matcher = { name, ...(revisionName === undefined ? {} : { revisionName }) };
  return (object) => ({ ...object, spec: { ...object.spec, instancetype: matcher } });
};
const pinned = (name: string): Change<Vm> =>
  status({ instancetypeRef: { name: 'big', controllerRevisionRef: { name } } });

const madeBy =
  (virtualMachineRevisionName: string): Change<Vmi> =>
  (object) => ({ ...object, status: { ...object.status, virtualMachineRevisionName } });

interface Row {
  name: string;
  /** The VM when it was started; undefined: nobody knows. */
  was: Vm | undefined;
  is: Vm;
  vmi?: Vmi;
  /** Path that the condition names; undefined: no condition. */
  restart: RegExp | undefined;
  observed: number;
  generation: string | undefined;
}

const rows: Row[] = [
  {
    name: 'the generation that was started',
    was: undefined,
    is: vm(always, meta({ generation: 2 })),
    restart: undefined,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'only the run strategy has changed: the instance carries the new generation',
    was: vm(always),
    is: vm(strategy('Manual')),
    restart: undefined,
    observed: 3,
    generation: '3',
  },
  {
    name: 'a field of the guest has changed',
    was: vm(always),
    is: vm(always, domain({ memory: { guest: '1Gi' } })),
    restart: /: spec\.template\.spec\.domain\.memory\.guest;/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'sockets, which KubeVirt would plug in, take a restart here',
    was: vm(always, domain({ cpu: { sockets: 1 } })),
    is: vm(always, domain({ cpu: { sockets: 2 } })),
    restart: /spec\.template\.spec\.domain\.cpu\.sockets/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'a node selector takes a restart here',
    was: vm(always),
    is: vm(
      always,
      template({ spec: { domain: { devices: {}, memory: { guest: '128Mi' } }, nodeSelector: { a: 'b' } } }),
    ),
    restart: /spec\.template\.spec\.nodeSelector/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'the template has other labels: no restart, and yet not what runs',
    was: vm(always),
    is: vm(always, template({ metadata: { labels: { app: 'b' } } })),
    restart: undefined,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'changed and changed back',
    was: vm(always),
    is: vm(always, meta({ generation: 9 })),
    restart: undefined,
    observed: 9,
    generation: '9',
  },
  {
    name: 'nobody knows what was started: no claim',
    was: undefined,
    is: vm(always, domain({ memory: { guest: '1Gi' } })),
    restart: undefined,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'the UUID that the guest has already is written down',
    was: vm(always),
    is: vm(always, domain({ firmware: { uuid: 'u-1' } })),
    vmi: vmi(phase('Running'), firmwareUuid('u-1')),
    restart: undefined,
    observed: 3,
    generation: '3',
  },
  {
    name: 'another UUID',
    was: vm(always),
    is: vm(always, domain({ firmware: { uuid: 'u-2' } })),
    vmi: vmi(phase('Running'), firmwareUuid('u-1')),
    restart: /domain\.firmware/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'another instancetype',
    was: vm(always, instancetype('big')),
    is: vm(always, instancetype('small')),
    restart: /spec\.instancetype\.name/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'another revision of the instancetype',
    was: vm(always, instancetype('big'), pinned('r1')),
    is: vm(always, instancetype('big'), pinned('r2')),
    restart: /spec\.instancetype\.revisionName/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'the instancetype was pinned after the start',
    was: vm(always, instancetype('big')),
    is: vm(always, instancetype('big'), pinned('r1')),
    restart: undefined,
    observed: 3,
    generation: '3',
  },
  {
    name: 'an instance that ends carries what it had',
    was: vm(always),
    is: vm(strategy('Halted')),
    vmi: vmi(phase('Running'), ending),
    restart: undefined,
    observed: 3,
    generation: undefined,
  },
  {
    name: 'an instance of a VM that had the name before, though of the same generation',
    was: vm(always),
    is: vm(always, meta({ generation: 2 }), domain({ memory: { guest: '1Gi' } })),
    vmi: vmi(phase('Running'), madeBy('revision-start-vm-other-2')),
    restart: /memory\.guest/,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'an instance of a VM that had the name before and was the same',
    was: vm(always),
    is: vm(always, meta({ generation: 2 })),
    vmi: vmi(phase('Running'), madeBy('revision-start-vm-other-2')),
    restart: undefined,
    observed: 2,
    generation: undefined,
  },
  {
    name: 'an instance that was adopted says nothing of a generation',
    was: undefined,
    is: vm(always),
    vmi: vmi(phase('Running'), annotated({ 'kubevirt.io/vm-generation': 'x' })),
    restart: undefined,
    observed: Number.NaN,
    generation: undefined,
  },
];

for (const row of rows) {
  test(`restart required: ${row.name}`, () => {
    const started = row.was === undefined ? undefined : startSpec(row.was);
    const plan = decideVm({ vm: row.is, vmi: row.vmi ?? running, started }, moment);
    const condition = conditionOf(plan.status.conditions, 'RestartRequired');
    assert.equal(condition === undefined, row.restart === undefined);
    if (row.restart !== undefined) assert.match(condition?.message ?? '', row.restart);
    assert.equal(plan.status.observedGeneration ?? Number.NaN, row.observed);
    assert.equal(plan.generation, row.generation);
  });
}

test('many changes are counted, not listed', () => {
  assert.match(restartMessage(['a', 'b', 'c', 'd', 'e', 'f', 'g']), /: a, b, c, d, e and 2 more;/);
});

const trees: { name: string; before: unknown; after: unknown; want: string[] }[] = [
  { name: 'equal', before: { a: [1] }, after: { a: [1] }, want: [] },
  { name: 'an empty list is no list', before: { a: [] }, after: {}, want: [] },
  { name: 'an empty object is something', before: {}, after: { a: {} }, want: ['x.a'] },
  { name: 'an item', before: [{ b: 1 }, 2], after: [{ b: 3 }, 2], want: ['x[0].b'] },
  { name: 'a longer list', before: [1], after: [1, 2], want: ['x'] },
  { name: 'another kind of value', before: { a: [1] }, after: { a: { 0: 1 } }, want: ['x.a'] },
  { name: 'removed and added', before: { a: 1 }, after: { b: 1 }, want: ['x.a', 'x.b'] },
];
for (const row of trees)
  test(`changed fields: ${row.name}`, () =>
    assert.deepEqual(changedFields(row.before, row.after, 'x'), row.want));

test('changed fields: what is nested without end is compared as a whole', () => {
  const nest = (leaf: number): unknown =>
    Array.from({ length: 9_000 }).reduce((inner) => ({ a: inner }), leaf);
  assert.equal(changedFields(nest(1), nest(2), 'x').length, 1);
});
