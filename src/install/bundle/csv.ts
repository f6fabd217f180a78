/** The ClusterServiceVersion: what OLM installs, and what people see of it. Pure. */
import type { Examples } from './examples.ts';
import type { Manifest } from './manifest.ts';
import { ownedOfExamples } from './owned.ts';
import type { OwnedKind } from './owned.ts';
import type { Deployment, Sorted } from './sort.ts';

export const packageName = 'monovirt';

/** Operator SDK counts tools by these two. This bundle is made by our own generator, and says so. */
export const madeBy = (version: string): { builder: string; layout: string } => ({
  builder: `${packageName}-v${version}`,
  layout: 'typescript',
});

export interface Release {
  /** Without a leading v. */
  version: string;
  image: string;
}

export interface CsvInput {
  /** What is written by hand: texts, descriptors, annotations. */
  base: Manifest;
  /** SVG. */
  icon: string;
  release: Release;
  sorted: Sorted;
  examples: Examples;
}

interface BaseSpec {
  customresourcedefinitions: { owned: OwnedKind[] };
  [field: string]: unknown;
}

/** There are no webhook definitions: the controller installs and serves its webhooks itself. */
export function clusterServiceVersion({ base, icon, release, sorted, examples }: CsvInput): Manifest {
  const spec = base['spec'] as BaseSpec;
  const { owned } = spec.customresourcedefinitions;
  return {
    ...base,
    metadata: {
      ...base.metadata,
      name: `${packageName}.v${release.version}`,
      annotations: {
        ...base.metadata.annotations,
        ...annotations({ release, examples, namespace: sorted.namespace }),
      },
    },
    spec: {
      ...spec,
      version: release.version,
      customresourcedefinitions: {
        ...spec.customresourcedefinitions,
        owned: [...owned, ...ownedOfExamples(examples.others, sorted.carried)],
      },
      icon: [{ base64data: Buffer.from(icon).toString('base64'), mediatype: 'image/svg+xml' }],
      relatedImages: [{ name: packageName, image: release.image }],
      install: {
        strategy: 'deployment',
        spec: {
          deployments: sorted.deployments.map((deployment) => installed(deployment, release.image)),
          clusterPermissions: sorted.clusterPermissions,
          permissions: sorted.permissions,
        },
      },
    },
  };
}

interface Announced {
  release: Release;
  examples: Examples;
  namespace: Manifest;
}

function annotations({ release, examples, namespace }: Announced): Record<string, string> {
  const { name, labels } = namespace.metadata;
  const { builder, layout } = madeBy(release.version);
  const template = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  return {
    'alm-examples': JSON.stringify(
      [examples.kubeVirt, examples.vm, examples.vmi, ...examples.others],
      undefined,
      2,
    ),
    containerImage: release.image,
    'operatorframework.io/initialization-resource': JSON.stringify(examples.kubeVirt, undefined, 2),
    'operatorframework.io/suggested-namespace': name,
    'operatorframework.io/suggested-namespace-template': JSON.stringify(template, undefined, 2),
    'operators.operatorframework.io/builder': builder,
    'operators.operatorframework.io/project_layout': layout,
  };
}

function installed({ metadata, spec }: Deployment, image: string): object {
  const { template } = spec;
  const containers = template.spec.containers.map((container) => ({ ...container, image }));
  return {
    name: metadata.name,
    label: metadata.labels,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } },
  };
}
