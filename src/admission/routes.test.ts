import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../api/cluster-config.ts';
import { defaultVmi } from '../api/defaults.ts';
import { sampleVm, sampleVmi, withField } from '../api/testing/vmi.ts';
import type { JsonPatch } from './json-patch.ts';
import { admissionRoutes } from './routes.ts';
import { webhookEntries } from './entries.ts';
import { applyPatch, lookupOf, post, review } from './testing.ts';
import { webhooks } from './webhooks.ts';

const component = 'system:serviceaccount:kubevirt:kubevirt-controller';
const routes = admissionRoutes({
  config: () => defaultConfig,
  trustedUsers: new Set([component]),
  lookup: lookupOf(),
  evacuate: () => Promise.resolve(),
});

interface Answer {
  uid: string;
  allowed: boolean;
  patch?: string;
  patchType?: string;
  warnings?: string[];
  status?: {
    code: number;
    message: string;
    details: { causes: { reason: string; field: string; message: string }[] };
  };
}

async function ask(path: string, body: unknown): Promise<Answer> {
  const route = routes.find((candidate) => candidate.path === path);
  assert.ok(route, path);
  const { status, body: answer } = await route.handle(post(path, body));
  assert.equal(status, 200);
  return (answer as { response: Answer }).response;
}

const patchOf = ({ patch = '' }: Answer): JsonPatch =>
  JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as JsonPatch;

/** As an older release may have stored it: this one's schema has no such field. */
const outdated = { metadata: { name: 'old' }, spec: { template: {}, domain: 7, gone: true } };

for (const row of [
  { path: '/virtualmachineinstances-validate-update', username: component },
  { path: '/virtualmachines-validate', username: 'alice' },
  { path: '/kubevirt-validate-update', username: 'alice' },
]) {
  test(`${row.path} lets finalizers and labels of an outdated object change`, async () => {
    const object = { ...outdated, metadata: { name: 'old', finalizers: [] } };
    const { username } = row;
    const answer = await ask(
      row.path,
      review({ operation: 'UPDATE', object, oldObject: outdated, username }),
    );
    assert.equal(answer.allowed, true);
  });
}

describe('mutating a VMI', () => {
  const path = '/virtualmachineinstances-mutate';

  test('patches in exactly the defaults', async () => {
    const answer = await ask(path, review());
    assert.deepEqual([answer.uid, answer.allowed, answer.patchType], ['0f1e', true, 'JSONPatch']);
    assert.deepEqual(
      applyPatch(sampleVmi(), patchOf(answer)),
      defaultVmi(sampleVmi(), defaultConfig, '0f1e'),
    );
  });

  test('says nothing when nothing is missing', async () => {
    const answer = await ask(path, review({ object: defaultVmi(sampleVmi(), defaultConfig, 'x') }));
    assert.deepEqual(answer, { uid: '0f1e', allowed: true });
  });

  test('lets the API server refuse what does not match the schema', async () => {
    const answer = await ask(path, review({ object: withField(sampleVmi(), 'spec.volumes', 'none') }));
    assert.deepEqual(answer, { uid: '0f1e', allowed: true });
  });
});

describe('validating', () => {
  test('a refusal is 422 with a cause for each field', async () => {
    const object = withField(withField(sampleVmi(), 'spec.hostname', 'A'), 'spec.domain.memory', undefined);
    const answer = await ask('/virtualmachineinstances-validate-create', review({ object }));
    assert.equal(answer.allowed, false);
    assert.equal(answer.status?.code, 422);
    assert.deepEqual(
      answer.status?.details.causes.map(({ reason, field }) => [reason, field]),
      [
        ['FieldValueRequired', 'spec.domain.memory'],
        ['FieldValueInvalid', 'spec.hostname'],
      ],
    );
    for (const line of answer.status?.message.split('\n') ?? []) assert.match(line, /spec\./);
  });

  const update = '/virtualmachineinstances-validate-update';
  const changed = withField(sampleVmi(), 'spec.hostname', 'other');

  test('a user cannot change a VMI', async () => {
    const answer = await ask(
      update,
      review({ operation: 'UPDATE', object: changed, oldObject: sampleVmi() }),
    );
    assert.equal(answer.allowed, false);
  });

  test('a component can', async () => {
    const answer = await ask(
      update,
      review({ operation: 'UPDATE', object: changed, oldObject: sampleVmi(), username: component }),
    );
    assert.equal(answer.allowed, true);
  });

  const vms = '/virtualmachines-validate';
  const broken = withField(sampleVm(), 'spec.template.spec.hostname', 'A');

  test('a VM with running gets a warning', async () => {
    const object = withField(withField(sampleVm(), 'spec.runStrategy', undefined), 'spec.running', true);
    assert.deepEqual((await ask(vms, review({ object }))).warnings, [
      'spec.running is deprecated, please use spec.runStrategy instead.',
    ]);
  });

  test('a broken VM is refused', async () => {
    assert.equal((await ask(vms, review({ object: broken }))).allowed, false);
  });

  test('a VM whose spec does not change is let through, whatever the rules became', async () => {
    const object = withField(broken, 'metadata.labels', { a: 'b' });
    const answer = await ask(vms, review({ operation: 'UPDATE', object, oldObject: broken }));
    assert.equal(answer.allowed, true);
  });

  test('a VM that is going away is let go', async () => {
    const object = withField(broken, 'metadata.deletionTimestamp', '2026-01-01T00:00:00Z');
    assert.equal(
      (await ask(vms, review({ operation: 'UPDATE', object, oldObject: sampleVm() }))).allowed,
      true,
    );
  });

  test('a KubeVirt object with a setting we do not honour is refused', async () => {
    const object = { metadata: {}, spec: { configuration: { ovmfPath: '/x' } } };
    const answer = await ask('/kubevirt-validate-create', review({ object }));
    assert.equal(answer.status?.details.causes[0]?.field, 'spec.configuration.ovmfPath');
  });

  test('what does not match the schema is refused, not an error', async () => {
    const answer = await ask(vms, review({ object: { metadata: {}, spec: { template: 7 } } }));
    assert.equal(answer.status?.details.causes[0]?.field, 'spec.template');
  });
});

describe('no review', () => {
  const rows: { name: string; body: unknown }[] = [
    { name: 'no JSON', body: '{' },
    { name: 'another kind', body: { apiVersion: 'v1', kind: 'Pod' } },
    { name: 'an old version', body: { ...(review() as object), apiVersion: 'admission.k8s.io/v1beta1' } },
    { name: 'no request', body: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } },
    { name: 'an object that is text', body: review({ object: 'x' }) },
  ];
  for (const { name, body } of rows) {
    for (const route of routes) {
      test(`${name} at ${route.path} is 400`, async () => {
        await assert.rejects(route.handle(post(route.path, body)), { status: 400, reason: 'BadRequest' });
      });
    }
  }
});

test('an object as deeply nested as the API server lets pass is answered', async () => {
  const depth = 10_000;
  const nest = (): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  const nested = (): unknown => {
    const vm = sampleVm();
    return { ...vm, spec: { ...vm.spec, template: { ...vm.spec.template, metadata: { labels: nest() } } } };
  };
  const path = '/virtualmachines-validate';
  const created = await ask(path, review({ operation: 'CREATE', object: nested() }));
  assert.ok(created.status?.details.causes.every(({ field }) => field !== ''));
  const updated = await ask(path, review({ operation: 'UPDATE', object: nested(), oldObject: sampleVm() }));
  assert.equal(updated.allowed, false);
});

describe('objects of a size that nobody needs', () => {
  const path = '/virtualmachineinstances-validate-create';
  const many = (count: number, each: (index: number) => object): object[] =>
    Array.from({ length: count }, (_, index) => each(index));

  test('some causes are told, and how many more there are', async () => {
    const object = withField(
      sampleVmi(),
      'spec.tolerations',
      many(1_000, () => ({ operator: 'Equal' })),
    );
    const { status } = await ask(path, review({ operation: 'CREATE', object }));
    assert.equal(status?.details.causes.length, 100);
    assert.match(status.message, /\nand \d{3} more causes$/);
  });

  test('lists longer than their schema allows are not looked into', async () => {
    const interfaces = many(30_000, () => ({ wrong: true }));
    const object = withField(sampleVmi(), 'spec.domain.devices.interfaces', interfaces);
    const { status } = await ask(path, review({ operation: 'CREATE', object }));
    assert.match(status?.message ?? '', /^spec\.domain\.devices\.interfaces must have at most 256 items$/);
  });
});

describe('webhook configurations', () => {
  const service = { namespace: 'kubevirt', name: 'virt-api', caBundle: 'Q0E=', components: [component] };
  const entries = (['mutating', 'validating'] as const).flatMap((type) =>
    webhookEntries(webhooks, type, service),
  );

  test('hold every webhook once', () => {
    assert.deepEqual(entries.map(({ name }) => name).toSorted(), webhooks.map(({ name }) => name).toSorted());
    assert.equal(new Set(entries.map(({ name }) => name)).size, entries.length);
  });

  test('let our own components follow what runs though nobody answers', () => {
    const entry = entries.find(({ name }) => name === 'virtualmachineinstances-update-validator.kubevirt.io');
    assert.deepEqual(entry?.matchConditions, [
      { name: 'exempts-components', expression: `!(request.userInfo.username in ["${component}"])` },
    ]);
  });

  for (const { name, rules, matchConditions = [] } of entries) {
    const updates = rules.some(({ operations }) => operations.includes('UPDATE'));
    // What may change of an instance beside its spec is judged too.
    if (!updates || name.startsWith('virtualmachineinstances-')) continue;
    test(`${name} lets metadata change though nobody answers`, () => {
      assert.ok(matchConditions.some((condition) => condition.name === 'spec-changes'));
    });
  }
});
