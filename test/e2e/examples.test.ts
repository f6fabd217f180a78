/**
 * KubeVirt's examples here: each runs, or is refused or waits for a stated reason. The list with what was seen is in
 * docs/compatibility.md; UPDATE_DOCS=1 writes it.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Condition } from '../../src/api/types.ts';
import { execute } from '../../src/localcluster/exec.ts';
import { examples } from './examples/catalogue.ts';
import type { Example, Outcome } from './examples/example.ts';
import { exampleTable, replaceExamples } from './examples/render.ts';
import type { Seen } from './examples/render.ts';
import { vmAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';

const page = join(import.meta.dirname, '../../docs/compatibility.md');

let cluster: TestCluster;
const seen = new Map<string, Seen>();

before(async () => {
  cluster = await testCluster('examples');
  for (const example of examples.filter(({ outcome }) => outcome.is === 'served')) await applied(example);
});

after(async () => {
  for (const { objects } of examples) for (const object of objects) await removed(object);
  await cluster[Symbol.asyncDispose]();
});

interface Named {
  kind: string;
  metadata: { name: string };
}

/** `kubectl apply`, with all that it says: warnings come on standard error. */
async function applied({ objects }: Pick<Example, 'objects'>): Promise<{ code: number; said: string }> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await execute([...cluster.kubectlCommand, 'apply', '-f', '-'], { input });
  return { code, said: stderr.trim() };
}

/** Removes what may outlive the test's namespace. */
async function removed(object: object): Promise<void> {
  const command = [...cluster.kubectlCommand, 'delete', '--ignore-not-found', '--wait=false', '-f', '-'];
  const { code, stderr } = await execute(command, { input: JSON.stringify(object) });
  assert.equal(code, 0, stderr);
}

async function start({ objects }: Example): Promise<void> {
  for (const object of objects) {
    const { kind, metadata } = object as Named;
    if (kind === 'VirtualMachine') await vmAction(cluster, metadata.name, 'start');
  }
}

/** Names of the instances that an example makes. */
async function instances({ objects }: Example): Promise<string[]> {
  const { kind, metadata } = objects.at(-1) as Named;
  if (kind !== 'VirtualMachineInstanceReplicaSet') return [metadata.name];
  const selector = `kubevirt.io/vmReplicaSet=${metadata.name}`;
  const names = (await cluster.kubectl('get', 'vmi', '-l', selector, '-o', 'name')).trim().split('\n');
  assert.equal(names.length, 3);
  return names.map((name) => name.split('/')[1] ?? '');
}

const checks: Record<Outcome['is'], (example: Example, says: RegExp) => Promise<string>> = {
  async runs(example) {
    const { code, said } = await applied(example);
    assert.equal(code, 0, said);
    await start(example);
    const names = await eventually('its instances exist', () => instances(example));
    for (const name of names) {
      const { status } = await cluster.untilPhase(name, ['Running', 'Failed'], 180_000);
      assert.equal(status?.phase, 'Running', JSON.stringify(status?.conditions));
    }
    return '';
  },
  async served(example) {
    const { code, said } = await applied(example);
    assert.equal(code, 0, said);
    return '';
  },
  async warned(example, says) {
    const { code, said } = await applied(example);
    assert.equal(code, 0, said);
    assert.match(said, /^Warning: /m);
    assert.match(said, says);
    return said.replace(/^Warning: /, '');
  },
  async refused(example, says) {
    const { code, said } = await applied(example);
    assert.notEqual(code, 0, 'it is accepted');
    assert.match(said, says);
    return said.replace(/^[\s\S]*denied the request: /, '');
  },
  async waits(example, says) {
    const { code, said } = await applied(example);
    assert.equal(code, 0, said);
    await start(example);
    const { kind, metadata } = example.objects.at(-1) as Named;
    return eventually('a condition names what is missing', async () => {
      // A VM shows its instance's conditions, and why there is none.
      const shown = kind === 'VirtualMachine' ? cluster.vm(metadata.name) : cluster.vmi(metadata.name);
      const { status } = await shown;
      const conditions: readonly Condition[] = (status?.conditions ?? []) as Condition[];
      const told = conditions.find(({ message = '' }) => says.test(message));
      if (told === undefined) throw new Error(JSON.stringify(conditions));
      return `${told.reason ?? told.type}: ${told.message ?? ''}`;
    });
  },
};

describe('examples', { concurrency: 3 }, () => {
  for (const example of examples) {
    test(example.name, async () => {
      const { outcome } = example;
      const needed = examples.filter(({ name }) => example.after?.includes(name) === true);
      for (const other of needed) await applied(other);
      const said = await checks[outcome.is](example, 'says' in outcome ? outcome.says : /^/);
      seen.set(example.name, { is: outcome.is, said });
      if (outcome.is !== 'served') for (const object of example.objects) await removed(object);
    });
  }
});

test('docs/compatibility.md says what was seen', async () => {
  const current = await readFile(page, 'utf8');
  const wanted = replaceExamples(current, exampleTable(examples, seen));
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, wanted);
  else assert.equal(current, wanted);
});
