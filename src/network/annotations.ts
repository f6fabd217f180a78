/** What Multus is told on a launcher pod, and what it tells back. Pure. */
import * as v from 'valibot';
import type { Interface, Network, Vmi, VmiSpec } from '../api/types.ts';
import { normalMac } from './mac.ts';
import { isMultusDefault, isSecondary, linkNames } from './names.ts';

/** Names of the Network Plumbing Working Group's standard and of Multus. */
const names = {
  networks: 'k8s.v1.cni.cncf.io/networks',
  defaultNetwork: 'v1.multus-cni.io/default-network',
  status: 'k8s.v1.cni.cncf.io/network-status',
} as const;

/** Annotation of a pod with what Multus attached to it. */
export const networkStatus = names.status;

/** Most addresses taken of one interface; who may change a pod may write any number. */
const maxAddresses = 32;
const address = v.pipe(v.string(), v.maxLength(45), v.ip());

interface Selection {
  name: string;
  namespace: string;
  mac?: string;
  interface?: string;
  'cni-args'?: { logicNetworkName: string };
}

/** Registered plug-ins, as far as Multus has to know them. */
type Plugins = Readonly<Record<string, { readonly networkAttachmentDefinition?: string }>>;

/** The annotations that attach a VMI's networks to its pod; none for the pod's own. */
export function networkAnnotations(vmi: Vmi, plugins: Plugins = {}): Record<string, string> {
  const selected = selections(vmi, plugins);
  const own = vmi.spec.networks?.find(isMultusDefault)?.multus?.networkName;
  return {
    ...(selected.length > 0 && { [names.networks]: JSON.stringify(selected) }),
    ...(own !== undefined && { [names.defaultNetwork]: own }),
  };
}

function selections(vmi: Vmi, plugins: Plugins): Selection[] {
  const { networks = [], domain } = vmi.spec;
  const namespace = vmi.metadata.namespace ?? 'default';
  return networks.flatMap((network) => {
    const iface = domain.devices.interfaces?.find(({ name }) => name === network.name);
    return [...attached(network, iface, namespace), ...prepared(network, iface, { namespace, plugins })];
  });
}

/** The network itself. */
function attached(network: Network, iface: Interface | undefined, namespace: string): Selection[] {
  if (network.multus === undefined || !isSecondary(network) || iface?.state === 'absent') return [];
  const mac = normalMac(iface?.macAddress ?? '');
  return [
    {
      ...definition(network.multus.networkName, namespace),
      ...(mac !== undefined && { mac }),
      interface: linkNames(network).podInterface,
    },
  ];
}

/** The CNI plugin of its binding, which runs after it and is told by name which network it is about. */
function prepared(
  network: Network,
  iface: Interface | undefined,
  { namespace, plugins }: { namespace: string; plugins: Plugins },
): Selection[] {
  const name = iface?.binding?.name ?? '';
  const nad = Object.hasOwn(plugins, name) ? plugins[name]?.networkAttachmentDefinition : undefined;
  if (nad === undefined) return [];
  return [{ ...definition(nad, namespace), 'cni-args': { logicNetworkName: network.name } }];
}

/** `name`, in the VMI's own namespace, or `namespace/name`. */
function definition(text: string, ownNamespace: string): { name: string; namespace: string } {
  const [first = '', second] = text.split('/');
  return second === undefined ? { name: first, namespace: ownNamespace } : { name: second, namespace: first };
}

/**
 * Addresses of a secondary network's interface, as Multus reports them; empty while it has not. Whoever may change
 * the pod can say otherwise: they are for showing, and nothing is to be dialled that stands here.
 */
export function reportedAddresses(
  annotations: Readonly<Record<string, string>> | undefined,
  podInterface: string,
): string[] {
  try {
    const status = JSON.parse(annotations?.[names.status] ?? '[]') as unknown;
    const entries = Array.isArray(status) ? (status as { interface?: unknown; ips?: unknown }[]) : [];
    const ips = entries.find((entry) => entry.interface === podInterface)?.ips;
    const known = Array.isArray(ips) ? ips.filter((ip) => v.is(address, ip)) : [];
    return known.slice(0, maxAddresses);
  } catch {
    return [];
  }
}

/** Whether an interface is on a network of its own beside the pod's. */
export const isOnSecondary = ({ networks }: VmiSpec, name: string): boolean =>
  isSecondary(networks?.find((network) => network.name === name));
