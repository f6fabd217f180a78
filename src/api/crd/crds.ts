/** The CustomResourceDefinitions. Pure: made from the table of types and the declarations. */
import type { Column, Declaration, ServedVersion } from './declaration.ts';
import { expand } from './expand.ts';
import { coreKinds } from './kinds/core.ts';
import { dataKinds } from './kinds/data.ts';
import { fleetKinds } from './kinds/fleet.ts';
import { instancetypeKinds } from './kinds/instancetype.ts';
import type { Definitions, Schema } from './schema.ts';

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
      shortNames?: readonly string[];
      categories?: readonly string[];
    };
    conversion: { strategy: 'None' };
    versions: Version[];
  };
}

interface Subresources {
  status?: Record<string, never>;
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
}

interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema: { openAPIV3Schema: Schema };
  subresources?: Subresources;
  additionalPrinterColumns?: readonly Column[];
}

/** Every kind that is served, in the order in which they are installed. */
export const declarations: readonly Declaration[] = [
  ...coreKinds,
  ...instancetypeKinds,
  ...fleetKinds,
  ...dataKinds,
];

const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.labelSelector',
};

/** All definitions, in the order of `declarations`. */
export function customResourceDefinitions(definitions: Definitions): CustomResourceDefinition[] {
  return declarations.map((declaration) => customResourceDefinition(declaration, definitions));
}

function customResourceDefinition(
  declaration: Declaration,
  definitions: Definitions,
): CustomResourceDefinition {
  const { shortNames, versions, inAll } = declaration;
  const { group, kind, plural, namespaced } = declaration.resource;
  const openAPIV3Schema = rootSchema(declaration, definitions);
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
        ...(shortNames.length > 0 && { shortNames }),
        ...(inAll !== false && { categories: ['all'] }),
      },
      conversion: { strategy: 'None' },
      versions: versions.map((each) => version(each, declaration, openAPIV3Schema)),
    },
  };
}

function version(
  { name, stored, deprecated }: ServedVersion,
  { status, scale: scales, columns }: Declaration,
  openAPIV3Schema: Schema,
): Version {
  const subresources: Subresources = { ...(status && { status: {} }), ...(scales && { scale }) };
  return {
    name,
    served: true,
    storage: stored === true,
    ...(deprecated !== undefined && { deprecated: true, deprecationWarning: deprecated }),
    schema: { openAPIV3Schema },
    ...(Object.keys(subresources).length > 0 && { subresources }),
    ...(columns.length > 0 && { additionalPrinterColumns: columns }),
  };
}

function rootSchema({ resource, description }: Declaration, definitions: Definitions): Schema {
  const schema = expand(definitions, resource.kind);
  return { description, ...schema, properties: { ...schema.properties, metadata: { type: 'object' } } };
}
