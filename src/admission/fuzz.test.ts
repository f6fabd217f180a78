/** Whatever a manifest holds, webhooks answer with a verdict: never an exception, never a patch that breaks the schema. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonconformities } from '../api/crd/conform.ts';
import { definitions } from '../api/gen/definitions.ts';
import type { Schema } from '../api/crd/schema.ts';
import { sampleVm, sampleVmi, withField } from '../api/testing/vmi.ts';
import type { AdmissionRequest, Verdict } from './review.ts';
import { validateVmAny } from './kinds/vm.ts';
import { mutateVmi, validateVmiChange, validateVmiCreate } from './kinds/vmi.ts';
import { applyPatch, reviewContext } from './testing.ts';
import type { Reviewer } from './webhook.ts';

const rounds = 4000;
const seed = 20261123;

/** Mulberry32: small, good enough, and the same on every run. */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const next = random(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;

/** Every path that the schema of a type knows, one index deep in lists. */
function* paths(schema: Schema, path: string, depth = 0): Generator<string> {
  if (path !== '') yield path;
  const resolved = schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {});
  if (depth > 9) return;
  for (const [name, child] of Object.entries(resolved.properties ?? {})) {
    yield* paths(child, path === '' ? name : `${path}.${name}`, depth + 1);
  }
  if (resolved.items) yield* paths(resolved.items, `${path}[${pick([0, 1])}]`, depth + 1);
}

const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  65536,
  2 ** 53,
  '',
  'a',
  'root',
  'default',
  '-1',
  '1e99',
  '1Gi',
  '99999999999999999999Ei',
  'é\u0000\u{1F600}',
  'x'.repeat(5000),
  '../../etc',
  '0000:00:00.0',
  'A',
  [],
  {},
  [null],
  [{}],
  [{ name: 'root' }],
  ['a', 'a'],
  { name: 'root' },
  { enabled: false },
  { enabled: true },
  { bus: 'virtio' },
  { a: { b: { c: [1] } } },
  { __proto__: null, constructor: 1 },
];

function request(
  object: unknown,
  operation: AdmissionRequest['operation'],
  oldObject: unknown = null,
): AdmissionRequest {
  return { uid: 'fuzz', operation, userInfo: { username: 'alice' }, object, oldObject } as AdmissionRequest;
}

const context = reviewContext();

const answer = async (review: Reviewer, ...asked: Parameters<typeof request>): Promise<Verdict> =>
  review(request(...asked), context);

function checkVerdict(verdict: Verdict, what: string): void {
  if (verdict.allowed) return;
  assert.ok('causes' in verdict, what);
  assert.ok(verdict.causes.length > 0, what);
  for (const cause of verdict.causes)
    assert.ok(cause.field !== '' && cause.message !== '', `${what}: ${JSON.stringify(cause)}`);
}

for (const { kind, sample } of [
  { kind: 'VirtualMachineInstance', sample: sampleVmi },
  { kind: 'VirtualMachine', sample: sampleVm },
]) {
  test(`mutated ${kind}s are answered`, async () => {
    const places = [...paths({ $ref: kind }, '')].filter(
      (path) => path.startsWith('spec') || path.startsWith('metadata'),
    );
    assert.ok(places.length > 300);
    for (let round = 0; round < rounds; round++) {
      let object: unknown = sample();
      const set: [string, unknown][] = [];
      for (let change = 0; change <= round % 3; change++) {
        const [path, value] = [pick(places), pick(values)];
        try {
          object = withField(object, path, value);
          set.push([path, value]);
        } catch {
          // The way there leads through something that an earlier change made a scalar.
        }
      }
      const what = `seed ${seed}, round ${round}: ${JSON.stringify(set)}`;
      try {
        await exercise(kind, object, what);
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
  });
}

async function exercise(kind: string, object: unknown, what: string): Promise<void> {
  if (kind === 'VirtualMachine') return checkVerdict(await answer(validateVmAny, object, 'CREATE'), what);
  const mutated = await answer(mutateVmi, object, 'CREATE');
  assert.ok(mutated.allowed, what);
  const stored = applyPatch(object, mutated.patch ?? []);
  if (mutated.patch) assert.deepEqual(nonconformities(definitions, kind, stored), [], what);
  checkVerdict(await answer(validateVmiCreate, stored, 'CREATE'), what);
  checkVerdict(await answer(validateVmiChange, stored, 'UPDATE', object), what);
}

test('an object as deeply nested as the API server lets pass is answered', async () => {
  const depth = 10_000;
  const nest = (): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  const vm = withField(sampleVm(), 'spec.template.metadata', {});
  (vm.spec.template.metadata as Record<string, unknown>)['labels'] = nest();
  checkVerdict(await answer(validateVmAny, vm, 'CREATE'), 'create');
  const other = {
    ...vm,
    spec: {
      ...vm.spec,
      template: { ...vm.spec.template, metadata: { labels: nest() } },
    },
  };
  checkVerdict(await answer(validateVmAny, vm, 'UPDATE', other), 'update');
});
