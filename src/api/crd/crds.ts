/** The CustomResourceDefinitions of kubevirt.io. Pure: made from the table of types and these declarations. */
import { kubeVirts, virtualMachineInstances, virtualMachines } from '../kinds.ts';
import type { Resource } from '../kinds.ts';
import { expand } from './expand.ts';
import type { Definitions, Schema } from './schema.ts';

interface Column {
  name: string;
  type: 'string' | 'date' | 'integer';
  jsonPath: string;
  description?: string;
  priority?: number;
}

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string; labels: Record<string, string> };
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      categories: string[];
    };
    conversion: { strategy: 'None' };
    versions: Version[];
  };
}

interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema: { openAPIV3Schema: Schema };
  subresources: { status: Record<string, never> };
  additionalPrinterColumns: Column[];
}

interface Declaration {
  resource: Resource;
  description: string;
  shortNames: string[];
  columns: Column[];
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const condition = (type: string, priority = 0): Column => ({
  name: type === 'LiveMigratable' ? 'Live-Migratable' : type,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=='${type}')].status`,
  ...(priority > 0 && { priority }),
});

const declarations: readonly Declaration[] = [
  {
    resource: virtualMachines,
    description:
      'A virtual machine that is kept in the state its run strategy asks for, over restarts of its guest.',
    shortNames: ['vm', 'vms'],
    columns: [
      age,
      {
        name: 'Status',
        type: 'string',
        jsonPath: '.status.printableStatus',
        description: 'State of the virtual machine for people to read',
      },
      condition('Ready'),
    ],
  },
  {
    resource: virtualMachineInstances,
    description: 'One running guest. It ends with its guest, and is not started again.',
    shortNames: ['vmi', 'vmis'],
    columns: [
      age,
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'IP', type: 'string', jsonPath: '.status.interfaces[0].ipAddress' },
      { name: 'NodeName', type: 'string', jsonPath: '.status.nodeName' },
      condition('Ready'),
      condition('LiveMigratable', 1),
      condition('Paused', 1),
    ],
  },
  {
    resource: kubeVirts,
    description: 'The installation of this cluster: its version and what virtual machines may use.',
    shortNames: ['kv', 'kvs'],
    columns: [age, { name: 'Phase', type: 'string', jsonPath: '.status.phase' }],
  },
];

/** All definitions, in the order in which they are installed. */
export function customResourceDefinitions(definitions: Definitions): CustomResourceDefinition[] {
  return declarations.map((declaration) => customResourceDefinition(declaration, definitions));
}

function customResourceDefinition(
  declaration: Declaration,
  definitions: Definitions,
): CustomResourceDefinition {
  const { group, kind, plural, namespaced } = declaration.resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'kubevirt.io': '' } },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: declaration.shortNames,
        categories: ['all'],
      },
      conversion: { strategy: 'None' },
      versions: [version('v1', declaration, definitions), version('v1alpha3', declaration, definitions)],
    },
  };
}

function version(name: 'v1' | 'v1alpha3', declaration: Declaration, definitions: Definitions): Version {
  const { group, kind } = declaration.resource;
  const storage = name === 'v1';
  return {
    name,
    served: true,
    storage,
    ...(!storage && {
      deprecated: true,
      deprecationWarning: `${group}/${name} ${kind} is deprecated; use ${group}/v1, which has the same fields`,
    }),
    schema: { openAPIV3Schema: rootSchema(declaration, definitions) },
    subresources: { status: {} },
    additionalPrinterColumns: declaration.columns,
  };
}

function rootSchema(declaration: Declaration, definitions: Definitions): Schema {
  const schema = expand(definitions, declaration.resource.kind);
  return {
    description: declaration.description,
    ...schema,
    properties: { ...schema.properties, metadata: { type: 'object' } },
  };
}
