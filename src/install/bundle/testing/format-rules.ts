/** What registries demand of a bundle of format registry+v1. Each rule returns what is wrong. */
import { crdsOf, csvOf, objects, ownedBy } from './bundle.ts';
import type { Bundle } from './bundle.ts';

export type Rule = (bundle: Bundle) => string[];

/** Kinds that OLM installs besides the ClusterServiceVersion and the CRDs. */
const kinds = new Set(
  [
    'ClusterServiceVersion CustomResourceDefinition Secret ConfigMap Service ServiceAccount',
    'ClusterRole ClusterRoleBinding Role RoleBinding PodDisruptionBudget PriorityClass',
    'PrometheusRule ServiceMonitor VerticalPodAutoscaler NetworkPolicy',
  ].flatMap((line) => line.split(' ')),
);

const prefix = 'operators.operatorframework.io';
const demanded: Readonly<Record<string, RegExp>> = {
  [`${prefix}.bundle.mediatype.v1`]: /^registry\+v1$/,
  [`${prefix}.bundle.manifests.v1`]: /^manifests\/$/,
  [`${prefix}.bundle.metadata.v1`]: /^metadata\/$/,
  [`${prefix}.bundle.package.v1`]: /^monovirt$/,
  [`${prefix}.bundle.channels.v1`]: /^(candidate|fast|stable)/,
  [`${prefix}.test.mediatype.v1`]: /^scorecard\+v1$/,
  [`${prefix}.test.config.v1`]: /^tests\/scorecard\/$/,
};

const maxStoredBytes = 2 ** 20;

export const formatRules = {
  oneObjectInAFile: ({ files }) =>
    Object.entries(files)
      .filter(([name, documents]) => documents.length !== 1 || !/^[^.].*\.yaml$/.test(name))
      .map(([name, documents]) => `${name}: ${documents.length} objects`),

  knownKinds: (bundle) => objects(bundle).flatMap(({ kind }) => (kinds.has(kind) ? [] : [kind])),

  oneClusterServiceVersion: (bundle) => {
    const found = objects(bundle).filter(({ kind }) => kind === 'ClusterServiceVersion');
    return found.length === 1 ? [] : [`${found.length} ClusterServiceVersions`];
  },

  annotations: ({ annotations }) =>
    Object.entries(demanded).flatMap(([key, pattern]) =>
      pattern.test(annotations[key] ?? '') ? [] : [`${key}: ${annotations[key]}`],
    ),

  labelsAreTheAnnotations: ({ annotations, labels }) =>
    Object.keys({ ...annotations, ...labels }).filter((key) => annotations[key] !== labels[key]),

  ownedHaveCrds: (bundle) => {
    const crds = crdsOf(bundle);
    return ownedBy(bundle).flatMap(({ name, kind, version }) => {
      const crd = crds.find(({ metadata, spec }) => metadata.name === name && spec.names.kind === kind);
      const served = crd?.spec.versions.some((each) => each.name === version && each.served);
      return served === true ? [] : [`${name}/${version}`];
    });
  },

  crdsAreOwned: (bundle) => {
    const owned = ownedBy(bundle).map(({ name }) => name);
    return crdsOf(bundle).flatMap(({ metadata }) => (owned.includes(metadata.name) ? [] : [metadata.name]));
  },

  ownedOnce: (bundle) => {
    const keys = ownedBy(bundle).map(({ name, version }) => `${name}/${version}`);
    return keys.filter((key, index) => keys.indexOf(key) !== index);
  },

  /** OLM makes the accounts of Deployments itself. */
  noAccountOfADeployment: (bundle) => {
    const { deployments } = csvOf(bundle).spec.install.spec;
    const accounts = deployments.map(({ spec }) => spec.template.spec.serviceAccountName);
    return objects(bundle)
      .filter(({ kind, metadata }) => kind === 'ServiceAccount' && accounts.includes(metadata.name))
      .map(({ metadata }) => metadata.name);
  },

  size: ({ storedBytes }) => (storedBytes <= maxStoredBytes ? [] : [`${storedBytes} bytes`]),
} satisfies Record<string, Rule>;
