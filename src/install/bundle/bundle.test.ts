import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { kubernetesVersion } from '../../localcluster/versions.ts';
import { readBundle, crdsOf, csvOf, examplesIn, ownedBy } from './testing/bundle.ts';
import type { Bundle, Example } from './testing/bundle.ts';
import { csvRules } from './testing/csv-rules.ts';
import { formatRules } from './testing/format-rules.ts';
import { scorecardRules } from './testing/scorecard-rules.ts';

const root = join(import.meta.dirname, '../../..');
const rules = { ...formatRules, ...csvRules, ...scorecardRules };
const bundle = readBundle(root);

for (const [name, rule] of Object.entries(rules)) {
  test(`the bundle keeps the rule ${name}`, () => assert.deepEqual(rule(bundle), []));
}

/** Every rule with a bundle that breaks it. */
const broken: Record<keyof typeof rules, (bundle: Bundle) => void> = {
  oneObjectInAFile: ({ files }) => Object.values(files)[0]!.push(Object.values(files)[1]![0]!),
  knownKinds: ({ files }) => {
    files['x.yaml'] = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'x' } }];
  },
  oneClusterServiceVersion: (given) => {
    given.files['x.yaml'] = [csvOf(given)];
  },
  annotations: (given) => {
    delete given.annotations['operators.operatorframework.io.bundle.package.v1'];
  },
  labelsAreTheAnnotations: (given) => {
    given.labels['operators.operatorframework.io.bundle.channels.v1'] = 'stable';
  },
  ownedHaveCrds: (given) => {
    ownedBy(given)[0]!.version = 'v2';
  },
  crdsAreOwned: (given) => void ownedBy(given).pop(),
  ownedOnce: (given) => void ownedBy(given).push(ownedBy(given)[0]!),
  noAccountOfADeployment: ({ files }) => {
    files['x.yaml'] = [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kubevirt-controller' } },
    ];
  },
  size: (given) => {
    given.storedBytes = 2 ** 20 + 1;
  },
  texts: (given) => {
    csvOf(given).metadata.annotations['capabilities'] = 'Everything';
  },
  nameIsShort: (given) => {
    csvOf(given).metadata.name = `monovirt.v${'1'.repeat(60)}`;
  },
  contacts: (given) => {
    csvOf(given).spec.maintainers[0]!.email = 'nobody';
  },
  allNamespacesOnly: (given) => {
    csvOf(given).spec.installModes[0]!.supported = true;
  },
  accountsHaveRoles: (given) => {
    csvOf(given).spec.install.spec.permissions = [];
  },
  imagesAreRelated: (given) => {
    csvOf(given).spec.relatedImages = [];
  },
  containersRequestResources: (given) => {
    csvOf(given).spec.install.spec.deployments[0]!.spec.template.spec.containers[0]!.resources = {};
  },
  ownedAreDescribed: (given) => {
    delete ownedBy(given)[0]!.description;
  },
  noWebhooks: (given) => {
    csvOf(given).spec.webhookdefinitions = [{}];
  },
  suggestions: (given) => {
    delete csvOf(given).metadata.annotations['operatorframework.io/initialization-resource'];
  },
  allTestsAreConfigured: (given) => void given.scorecard.stages[0]!.tests.pop(),
  oneExampleOfEachKind: (given) => withExamples(given, (examples) => examples.slice(1)),
  examplesHaveSpecs: (given) => withExamples(given, ([first]) => [{ ...first!, spec: {} }]),
  examplesFitSchemas: (given) => withExamples(given, ([first]) => [{ ...first!, status: { mood: 'good' } }]),
  ownedHaveResources: (given) => {
    ownedBy(given)[0]!.resources = [];
  },
  specDescriptorsCoverExamples: (given) => void ownedBy(given)[2]!.specDescriptors?.shift(),
  statusIsDescribed: (given) => {
    ownedBy(given)[1]!.statusDescriptors = [];
  },
  descriptorsPointAtFields: (given) => {
    ownedBy(given)[1]!.statusDescriptors = [{ path: 'conditions.mood' }];
  },
};

function withExamples(given: Bundle, change: (examples: Example[]) => Example[]): void {
  csvOf(given).metadata.annotations['alm-examples'] = JSON.stringify(change(examplesIn(given)));
}

for (const [name, breakIt] of Object.entries(broken)) {
  test(`a bundle that breaks the rule ${name} is noticed`, () => {
    const given = structuredClone(bundle);
    breakIt(given);
    assert.notDeepEqual(rules[name as keyof typeof rules](given), []);
  });
}

test('the bundle is of the version that package.json names, everywhere', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const kustomization = parse(readFileSync(join(root, 'config/manager/kustomization.yaml'), 'utf8')) as {
    images: { name: string; newTag: string }[];
  };
  const [image] = kustomization.images;
  assert.equal(csvOf(bundle).spec.version, version);
  assert.equal(csvOf(bundle).metadata.annotations['containerImage'], `${image?.name}:${image?.newTag}`);
});

test('the least Kubernetes release is one that tests run against', () => {
  const [major, minor] = csvOf(bundle).spec.minKubeVersion.split('.');
  assert.equal(kubernetesVersion.startsWith(`v${major}.${minor}.`), true);
});

test('the CRDs are those of config/crd', () => {
  for (const crd of crdsOf(bundle)) {
    const file = `config/crd/${crd.spec.group}_${crd.spec.names.plural}.yaml`;
    assert.deepEqual(crd, parse(readFileSync(join(root, file), 'utf8')));
  }
});
