/** Every field of every kind with odd values: reviewers answer with a verdict, and a refusal names a field. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { definitions } from '../../api/gen/definitions.ts';
import type { Schema } from '../../api/crd/schema.ts';
import { withField } from '../../api/testing/vmi.ts';
import { unservedKinds } from '../../api/unserved.ts';
import type { AdmissionRequest, Verdict } from '../review.ts';
import { reviewContext } from '../testing.ts';
import type { Webhook } from '../webhook.ts';
import { presetWebhooks } from './preset.ts';
import { replicaSetWebhooks } from './replicaset.ts';
import { unservedWebhooks } from './unserved.ts';

type Example = { kind: string; metadata: { name: string }; spec: object };

const file = join(import.meta.dirname, '../../../config/manifests/examples.yaml');
const examples = parseAllDocuments(readFileSync(file, 'utf8')).map((each) => each.toJS() as Example);
const webhooks = [...replicaSetWebhooks, ...presetWebhooks, ...unservedWebhooks];
const odd: unknown[] = [null, '', 'toString', '%', '-1', -1, 2 ** 60, true, {}, [], [{}], { a: 'b' }];
/** Deeper fields belong to templates, whose rules are tried with virtual machines. */
const depth = 4;

function* paths(schema: Schema, path: string, left = depth): Generator<string> {
  yield path;
  const resolved = schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {});
  if (left === 0) return;
  for (const [name, child] of Object.entries(resolved.properties ?? {})) {
    yield* paths(child, `${path}.${name}`, left - 1);
  }
  if (resolved.items) yield* paths(resolved.items, `${path}[0]`, left - 1);
}

const answer = async (
  { review }: Webhook,
  object: object,
  operation: 'CREATE' | 'UPDATE',
): Promise<Verdict> =>
  review(
    { uid: 'u', operation, namespace: 'default', userInfo: { username: 'ann' }, object } as AdmissionRequest,
    reviewContext(),
  );

for (const webhook of webhooks) {
  const { kind } = webhook.resource;
  const example = examples.find((each) => each.kind === kind);
  test(`${kind}: the example is accepted`, async () => {
    assert.ok(example);
    const verdict = await answer(webhook, example, 'CREATE');
    assert.equal(verdict.allowed, true);
    const warned =
      'warnings' in verdict && (verdict.warnings ?? []).some((text) => text.includes('does not act'));
    assert.equal(warned, unservedKinds.includes(webhook.resource));
  });

  test(`${kind}: odd values get a verdict`, async () => {
    const spec = definitions[kind]?.properties?.['spec'] ?? {};
    const tries = [...new Set(paths(spec, 'spec'))].flatMap((path) =>
      odd.map((value): [string, unknown] => [path, value]),
    );
    for (const [path, value] of tries) {
      const verdict = await answer(webhook, withField(example ?? {}, path, value), 'UPDATE');
      const causes = 'causes' in verdict ? verdict.causes : [];
      assert.ok(verdict.allowed || causes.length > 0, path);
      assert.ok(
        causes.every(({ field, message }) => field !== '' && message !== ''),
        path,
      );
    }
  });
}

test('what is going, or keeps its spec, is not judged', async () => {
  for (const webhook of webhooks) {
    const going = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: {} };
    assert.deepEqual(await answer(webhook, going, 'UPDATE'), { allowed: true });
  }
});
