/** What Operator SDK's built-in tests look for, and stricter. Each rule returns what is wrong. */
import type { Schema } from '../../../api/crd/schema.ts';
import { examplesIn, ownedBy, ownedOf, schemaOf } from './bundle.ts';
import type { Bundle, Descriptor, Example } from './bundle.ts';
import type { Rule } from './format-rules.ts';

const tests = [
  'basic-check-spec',
  'olm-bundle-validation',
  'olm-crds-have-validation',
  'olm-crds-have-resources',
  'olm-spec-descriptors',
  'olm-status-descriptors',
];

const versionOf = ({ apiVersion }: Example): string => apiVersion.replace(/^.*\//, '');

/** Fields of an example that the schema does not know. */
function unknownFields(bundle: Bundle, example: Example, part: 'spec' | 'status'): string[] {
  const schema = schemaOf(bundle, example.kind, versionOf(example));
  const known = schema?.properties?.[part]?.properties ?? {};
  return Object.keys(example[part] ?? {})
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => `${example.kind}.${part}.${key}`);
}

export const scorecardRules = {
  allTestsAreConfigured: ({ scorecard }) => {
    const configured = scorecard.stages.flatMap((stage) => stage.tests);
    const names = configured.map(({ entrypoint, labels }) => `${entrypoint.join(' ')} ${labels['test']}`);
    return tests.filter((test) => !names.includes(`scorecard-test ${test} ${test}-test`));
  },

  oneExampleOfEachKind: (bundle) => {
    const examples = examplesIn(bundle);
    const wrong = ownedBy(bundle).filter(
      (owned) => examples.filter((example) => ownedOf(bundle, example) === owned).length !== 1,
    );
    const strange = examples.filter((example) => ownedOf(bundle, example) === undefined);
    return [...wrong, ...strange].map(({ kind }) => kind);
  },

  examplesHaveSpecs: (bundle) =>
    examplesIn(bundle).flatMap(({ kind, spec }) => (Object.keys(spec ?? {}).length > 0 ? [] : [kind])),

  examplesFitSchemas: (bundle) =>
    examplesIn(bundle).flatMap((example) => [
      ...unknownFields(bundle, example, 'spec'),
      ...unknownFields(bundle, example, 'status'),
    ]),

  ownedHaveResources: (bundle) =>
    ownedBy(bundle).flatMap(({ name, resources }) => ((resources ?? []).length > 0 ? [] : [name])),

  specDescriptorsCoverExamples: (bundle) =>
    examplesIn(bundle).flatMap((example) => {
      const paths = (ownedOf(bundle, example)?.specDescriptors ?? []).map(({ path }) => path);
      return Object.keys(example.spec ?? {})
        .filter((key) => !paths.includes(key))
        .map((key) => `${example.kind}.spec.${key}`);
    }),

  statusIsDescribed: (bundle) =>
    ownedBy(bundle).flatMap(({ name, kind, version, statusDescriptors }) => {
      const hasStatus = schemaOf(bundle, kind, version)?.properties?.['status']?.properties !== undefined;
      return (statusDescriptors ?? []).length > 0 || !hasStatus ? [] : [name];
    }),

  /** A descriptor of a field that is not there would show nothing. */
  descriptorsPointAtFields: (bundle) =>
    ownedBy(bundle).flatMap(({ kind, version, specDescriptors, statusDescriptors }) => {
      const schema = schemaOf(bundle, kind, version);
      const missing = (part: string, descriptors: Descriptor[] = []): string[] =>
        descriptors
          .filter(({ path }) => fieldOf(schema?.properties?.[part], path) === undefined)
          .map(({ path }) => `${kind}.${part}.${path}`);
      return [...missing('spec', specDescriptors), ...missing('status', statusDescriptors)];
    }),
} satisfies Record<string, Rule>;

function fieldOf(schema: Schema | undefined, path: string): Schema | undefined {
  return path.split('.').reduce<Schema | undefined>((parent, field) => parent?.properties?.[field], schema);
}
