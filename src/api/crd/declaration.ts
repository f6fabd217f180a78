/** What is said by hand about each kind; the rest of a CustomResourceDefinition follows from the table of types. */
import type { Resource } from '../kinds.ts';

export interface Column {
  name: string;
  type: 'string' | 'date' | 'integer' | 'boolean';
  jsonPath: string;
  description?: string;
  priority?: number;
}

/** `stored` is the one version that etcd holds; all of a kind have the same fields. */
export interface ServedVersion {
  name: string;
  stored?: true;
  /** Said to whoever uses the version. */
  deprecated?: string;
}

export interface Declaration {
  resource: Resource;
  description: string;
  versions: readonly ServedVersion[];
  shortNames: readonly string[];
  /** Whether `kubectl get all` lists it; true unless stated. */
  inAll?: false;
  columns: readonly Column[];
  /** Subresources beside the object itself. */
  status: boolean;
  scale?: true;
}

export const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
export const phase: Column = { name: 'Phase', type: 'string', jsonPath: '.status.phase' };
export const sourceColumns: readonly Column[] = [
  { name: 'SourceKind', type: 'string', jsonPath: '.spec.source.kind' },
  { name: 'SourceName', type: 'string', jsonPath: '.spec.source.name' },
];

/** A column with the status of a condition; wide output only when `priority` is above 0. */
export const condition = (type: string, priority = 0): Column => ({
  name: type === 'LiveMigratable' ? 'Live-Migratable' : type,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=='${type}')].status`,
  ...(priority > 0 && { priority }),
});

/** Columns of kinds that keep a number of others. */
export const replicaColumns = (what: string): readonly Column[] => [
  {
    name: 'Desired',
    type: 'integer',
    jsonPath: '.spec.replicas',
    description: `How many ${what} there should be`,
  },
  {
    name: 'Current',
    type: 'integer',
    jsonPath: '.status.replicas',
    description: `How many ${what} there are`,
  },
  {
    name: 'Ready',
    type: 'integer',
    jsonPath: '.status.readyReplicas',
    description: `How many ${what} are ready`,
  },
  age,
];

/** The two versions of a kind whose older one is only there for manifests of long ago. */
export function replaced(
  group: string,
  kind: string,
  older: string,
  newer: string,
): readonly ServedVersion[] {
  return [
    { name: newer, stored: true },
    {
      name: older,
      deprecated: `${group}/${older} ${kind} is deprecated; use ${group}/${newer}, which has the same fields`,
    },
  ];
}
