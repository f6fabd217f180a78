/** How pods get their networks, as files of a node below its `/var`. Pure. */
import type { NodeConfig } from '../config.ts';
import { cniBinDir, debianCniDir, nodeProgramDirs } from './paths.ts';

const pluginName = 'monovirt-routed';
const annotations = 'io.kubernetes.cri.pod-annotations';

export const cniPaths = {
  config: '/var/lib/cni/net.d/10-monovirt.conflist',
  plugin: `${cniBinDir}/${pluginName}`,
  multus: '/var/lib/cni/multus.json',
  multusKubeconfig: '/var/lib/cni/multus.kubeconfig',
} as const;

/**
 * A network plug-in: Debian's `ptp`, which leads a cable from each pod to the node, so that traffic between two
 * pods of one node is routed as all other is, and the node's rules see it. Pods that ask for more networks go to
 * Multus first, which comes back here for the cluster's.
 *
 * Before: pods do not wait a second or two for an answer of another owner of their IPv6 address, as there is none.
 * After: the node answers for its other pods whoever believes them on its own wire, as a guest does that was given
 * its pod's address and mask, and without the random delay that proxies wait for by default.
 */
export function routedPlugin(): string {
  const ptp = `${debianCniDir}/ptp`;
  return `#!/bin/sh
set -eu
config=$(cat)
case "$config" in
*'"k8s.v1.cni.cncf.io/networks"'*) exec ${nodeProgramDirs.multus}/multus < ${cniPaths.multus} ;;
esac
if [ "$CNI_COMMAND" = ADD ]; then
  nsenter --net="$CNI_NETNS" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
fi
printf %s "$config" | ${ptp}
if [ "$CNI_COMMAND" = ADD ]; then
  for link in /proc/sys/net/ipv4/conf/veth*; do
    { echo 1 > "$link/proxy_arp"; echo 0 > "/proc/sys/net/ipv4/neigh/\${link##*/}/proxy_delay"; } 2> /dev/null || true
  done
fi
`;
}

/** Leases live in `/run`, which a node loses together with the namespaces of its pods. */
function routed(node: NodeConfig): object {
  return {
    type: pluginName,
    ipMasq: false,
    ipam: {
      type: 'host-local',
      dataDir: '/run/cni/networks',
      ranges: [[{ subnet: node.podCidr }], [{ subnet: node.podCidr6 }]],
      routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    },
  };
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
const named = { cniVersion: '1.0.0', name: 'monovirt' };

export function cniConfig(node: NodeConfig): string {
  const plugins = [
    { ...routed(node), capabilities: { [annotations]: true } },
    { type: 'portmap', capabilities: { portMappings: true }, snat: true },
  ];
  return json({ ...named, plugins });
}

/** What Multus is given in place of the configuration above. */
export function multusConfig(node: NodeConfig): string {
  return json({
    ...named,
    type: 'multus',
    kubeconfig: cniPaths.multusKubeconfig,
    cniDir: '/run/cni/multus',
    binDir: cniBinDir,
    logToStderr: true,
    logLevel: 'error',
    delegates: [{ ...named, ...routed(node) }],
  });
}
