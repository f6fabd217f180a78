/** Names of the links that carry an interface inside its pod: KubeVirt's, which CNI plugins and tools know. */
import { createHash } from 'node:crypto';
import type { Network } from '../api/types.ts';

/** What every pod's first interface is called. */
const primary = 'eth0';
/** Of the hash; a link's name has at most 15 characters, and `-nic` may follow. */
const hashLength = 11;

/** The network comes beside the pod's own and is attached by Multus. */
export const isSecondary = (network: Network | undefined): boolean =>
  network?.multus !== undefined && !isMultusDefault(network);

/** Multus makes the pod's own interface of this network. The types misspell the field. */
export const isMultusDefault = ({ multus }: Network): boolean =>
  (multus as { default?: boolean } | undefined)?.default === true;

export interface LinkNames {
  podInterface: string;
  bridge: string;
  tap: string;
  /** What the pod's interface is called once a bridge has taken it and something else has its name. */
  nic: string;
}

/** The names of all links of a network. */
export function linkNames(network: Network | undefined): LinkNames {
  if (network === undefined || !isSecondary(network)) {
    return { podInterface: primary, bridge: `k6t-${primary}`, tap: 'tap0', nic: `${primary}-nic` };
  }
  const hash = createHash('sha256').update(network.name).digest('hex').slice(0, hashLength);
  return { podInterface: `pod${hash}`, bridge: `k6t-${hash}`, tap: `tap${hash}`, nic: `${hash}-nic` };
}
