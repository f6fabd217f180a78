/** What a ClusterServiceVersion says of kinds that nobody has described for catalogues by hand. Pure. */
import type { Schema } from '../../api/crd/schema.ts';
import type { Manifest } from './manifest.ts';

export interface OwnedKind {
  name: string;
  kind: string;
  version: string;
  [field: string]: unknown;
}

interface Definition extends Manifest {
  spec: {
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** What a user looks for when an object of the kind does not do what it should. */
const machine = [{ kind: 'VirtualMachine', name: '', version: 'v1' }];

/** Fields of a status that say how an object is doing. */
const telling = [
  'phase',
  'replicas',
  'readyReplicas',
  'readyToUse',
  'complete',
  'latestCheckpoint',
  'conditions',
];

/**
 * An entry for each example, described by the schema of its kind.
 * @param manifests what is installed, CustomResourceDefinitions among it
 */
export function ownedOfExamples(examples: readonly Manifest[], manifests: readonly Manifest[]): OwnedKind[] {
  const definitions = manifests.filter(
    (manifest): manifest is Definition => manifest.kind === 'CustomResourceDefinition',
  );
  return examples.flatMap((example) => {
    const definition = definitions.find(({ spec }) => spec.names.kind === example.kind);
    return definition === undefined ? [] : [owned(example, definition)];
  });
}

function owned(example: Manifest, definition: Definition): OwnedKind {
  const version = example.apiVersion.replace(/^.*\//, '');
  const schema = definition.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  const status = telling.filter((path) => schema?.properties?.['status']?.properties?.[path] !== undefined);
  return {
    name: definition.metadata.name,
    kind: example.kind,
    version,
    displayName: words(example.kind),
    description: schema?.description,
    resources: machine,
    specDescriptors: descriptors(Object.keys(example['spec'] ?? {}), schema?.properties?.['spec']),
    ...(status.length > 0 && { statusDescriptors: descriptors(status, schema?.properties?.['status']) }),
  };
}

function descriptors(paths: readonly string[], schema: Schema | undefined): object[] {
  return paths.map((path) => {
    const description = schema?.properties?.[path]?.description;
    return { path, displayName: words(path), ...(description !== undefined && { description }) };
  });
}

/** `virtualMachineTemplate` → `Virtual machine template`. */
function words(name: string): string {
  const text = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
