/** What OLM, catalogues and we ourselves demand of the ClusterServiceVersion. Each rule returns what is wrong. */
import { csvOf, ownedBy } from './bundle.ts';
import type { Bundle, Csv } from './bundle.ts';
import type { Rule } from './format-rules.ts';

const levels = ['Basic Install', 'Seamless Upgrades', 'Full Lifecycle', 'Deep Insights', 'Auto Pilot'];
/** Comma between categories, as in the annotation. */
const categories = [
  'AI/Machine Learning,Application Runtime,Big Data,Cloud Provider,Developer Tools,Database',
  'Integration & Delivery,Logging & Tracing,Monitoring,Modernization & Migration,Networking',
  'OpenShift Optional,Security,Storage,Streaming & Messaging,Observability',
].flatMap((line) => line.split(','));
const iconTypes = ['image/gif', 'image/jpeg', 'image/png', 'image/svg+xml'];
const semver = /^\d+\.\d+\.\d+$/;
const dnsName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Texts that catalogues want, and that are wrong when they do not match. */
function texts(
  csv: Csv,
  { annotations }: Bundle,
): [string, string | undefined, RegExp | readonly string[]][] {
  const { spec, metadata } = csv;
  const own = metadata.annotations;
  return [
    [
      'name',
      metadata.name,
      [`${annotations['operators.operatorframework.io.bundle.package.v1']}.v${spec.version}`],
    ],
    ['version', spec.version, semver],
    ['minKubeVersion', spec.minKubeVersion, semver],
    ['description', spec.description, /./],
    ['provider', spec.provider.name, /./],
    ['icon', spec.icon.length === 1 ? spec.icon[0]?.mediatype : undefined, iconTypes],
    ['icon data', spec.icon[0]?.base64data, /^[A-Za-z0-9+/]{40,}=*$/],
    ['capabilities', own['capabilities'], levels],
    ['categories', own['categories'], categories],
    ['annotation description', own['description'], /^.{20,135}$/],
    ['createdAt', own['createdAt'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['support', own['support'], /./],
    ['certified', own['certified'], ['false']],
    ['architecture', metadata.labels['operatorframework.io/arch.amd64'], ['supported']],
    ['system', metadata.labels['operatorframework.io/os.linux'], ['supported']],
  ];
}

export const csvRules = {
  texts: (bundle) =>
    texts(csvOf(bundle), bundle).flatMap(([what, value, wanted]) => {
      const fits = wanted instanceof RegExp ? wanted.test(value ?? '') : wanted.includes(value ?? '');
      return fits ? [] : [`${what}: ${value}`];
    }),

  nameIsShort: (bundle) => {
    const { name } = csvOf(bundle).metadata;
    return name.length <= 63 && dnsName.test(name) ? [] : [name];
  },

  contacts: (bundle) => {
    const { maintainers, links } = csvOf(bundle).spec;
    const known = [
      ...maintainers.map(({ name, email }) => name !== '' && /^\S+@\S+\.\S+$/.test(email)),
      ...links.map(({ name, url }) => name !== '' && URL.canParse(url)),
    ];
    return maintainers.length > 0 && links.length > 0 && !known.includes(false) ? [] : ['maintainers, links'];
  },

  /** Webhooks and CRDs hold for all namespaces, so the operator does. */
  allNamespacesOnly: (bundle) => {
    const modes = csvOf(bundle).spec.installModes.map(({ type, supported }) => `${type}=${supported}`);
    const wanted = ['OwnNamespace', 'SingleNamespace', 'MultiNamespace'].map((type) => `${type}=false`);
    return modes.join() === [...wanted, 'AllNamespaces=true'].join() ? [] : modes;
  },

  /** OLM waits for a Role of every account for ever. */
  accountsHaveRoles: (bundle) => {
    const { deployments, clusterPermissions, permissions } = csvOf(bundle).spec.install.spec;
    const has = (list: { serviceAccountName: string }[], account: string): boolean =>
      list.some(({ serviceAccountName }) => serviceAccountName === account);
    const accounts = deployments.map(({ spec }) => spec.template.spec.serviceAccountName);
    if (accounts.length === 0) return ['no Deployment'];
    return accounts.filter((account) => !has(clusterPermissions, account) || !has(permissions, account));
  },

  imagesAreRelated: (bundle) => {
    const { spec, metadata } = csvOf(bundle);
    const related = spec.relatedImages.map(({ image }) => image);
    const used = spec.install.spec.deployments.flatMap((each) =>
      each.spec.template.spec.containers.map(({ image }) => image),
    );
    return [...used, metadata.annotations['containerImage'] ?? 'none'].filter(
      (image) => !related.includes(image),
    );
  },

  containersRequestResources: (bundle) =>
    csvOf(bundle)
      .spec.install.spec.deployments.flatMap((each) => each.spec.template.spec.containers)
      .filter(({ resources }) => !resources?.requests?.['cpu'] || !resources.requests['memory'])
      .map(({ image }) => image),

  ownedAreDescribed: (bundle) =>
    ownedBy(bundle)
      .filter(({ displayName, description }) => !displayName || !description)
      .map(({ name }) => name),

  /** The controller installs its webhooks; OLM would install a second set. */
  noWebhooks: (bundle) => (csvOf(bundle).spec.webhookdefinitions === undefined ? [] : ['webhookdefinitions']),

  suggestions: (bundle) => {
    const { annotations } = csvOf(bundle).metadata;
    const json = (key: string): Record<string, unknown> => JSON.parse(annotations[key] ?? '{}');
    const namespace = json('operatorframework.io/suggested-namespace-template') as {
      metadata?: { name: string; labels: Record<string, string> };
    };
    const first = json('operatorframework.io/initialization-resource');
    const rows: [string, boolean][] = [
      ['namespace', namespace.metadata?.name === annotations['operatorframework.io/suggested-namespace']],
      ['privileged', namespace.metadata?.labels['pod-security.kubernetes.io/enforce'] === 'privileged'],
      ['initialization resource', first['apiVersion'] === 'kubevirt.io/v1' && first['kind'] === 'KubeVirt'],
    ];
    return rows.filter(([, good]) => !good).map(([what]) => what);
  },
} satisfies Record<string, Rule>;
