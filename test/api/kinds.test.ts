/** Every kind on a real API server, as kubectl and people use it. No component of ours runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { customResourceDefinitions } from '../../src/api/crd/crds.ts';
import { customResourceDefinitions as crdKind } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/types.ts';
import { definitions } from '../../src/api/gen/definitions.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const crds = customResourceDefinitions(definitions);
let server: ApiServer;

before(async () => {
  server = await startApiServer();
  await kubectl('apply', '--server-side', '-k', join(root, 'config/crd'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all');
});

after(() => server.stop());

type Definition = KubeObject & { status: { conditions: { type: string; status: string }[] } };

interface Said {
  stdout: string;
  /** Warnings among it. */
  stderr: string;
}

async function say(...args: string[]): Promise<Said> {
  return execute(kubernetesProgram('kubectl'), ['--kubeconfig', server.kubeconfig, ...args]);
}

async function kubectl(...args: string[]): Promise<string> {
  return (await say(...args)).stdout;
}

for (const { spec } of crds) {
  const { plural, shortNames = [] } = spec.names;
  test(`${plural} are found under all their names and versions`, async () => {
    for (const name of shortNames) await kubectl('get', name);
    for (const { name } of spec.versions) await kubectl('get', `${plural}.${name}.${spec.group}`);
  });
}

test('conditions of the definitions say nothing bad', async () => {
  const { items } = await server.client().list<Definition>(crdKind, {});
  assert.equal(items.length, crds.length);
  for (const { metadata, status } of items) {
    const odd = status.conditions.filter(({ type }) => type === 'NonStructuralSchema');
    assert.deepEqual(odd, [], metadata.name);
  }
});
