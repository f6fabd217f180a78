/** Configuration files inside a node, by their path below the node's `/var`. Pure. */
import { stringify } from 'yaml';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import { cniBinDir } from './paths.ts';

export const sandboxImage = 'localhost/monovirt/pause:1';
export const containerdSocket = '/run/containerd/containerd.sock';
export const nodePaths = {
  containerd: '/var/lib/containerd/config.toml',
  kubelet: '/var/lib/kubelet/config.yaml',
  kubeletKubeconfig: '/var/lib/kubelet/kubeconfig',
  kubeletCa: '/var/lib/kubelet/pki/ca.crt',
  kubeletCert: '/var/lib/kubelet/pki/kubelet.crt',
  kubeletKey: '/var/lib/kubelet/pki/kubelet.key',
  proxy: '/var/lib/kube-proxy/config.yaml',
  proxyKubeconfig: '/var/lib/kube-proxy/kubeconfig',
  policiesKubeconfig: '/var/lib/kube-network-policies/kubeconfig',
} as const;

/** `restrict_oom_score_adj`: machines without CAP_SYS_RESOURCE cannot lower the score of a sandbox. */
export function containerdConfig(): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${sandboxImage}"
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true
device_ownership_from_security_context = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${cniBinDir}"
conf_dir = "/var/lib/cni/net.d"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}

/** Images come from archives, never from a registry: collecting them would lose them. */
const keepImages = { imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99 };

const eviction = { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '100Mi' };

export function kubeletConfig(config: ClusterConfig, node: NodeConfig): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.ip,
    healthzBindAddress: '127.0.0.1',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${node.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    clusterDNS: [config.dnsServiceIp],
    clusterDomain: 'cluster.local',
    // A node has no name servers of its own; without this, pods would inherit those of the host.
    resolvConf: '',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: nodePaths.kubeletCa },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: nodePaths.kubeletCert,
    tlsPrivateKeyFile: nodePaths.kubeletKey,
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
    serializeImagePulls: false,
    evictionHard: eviction,
    ...keepImages,
  });
}

/** Zeros leave the machine's connection tracking limits as they are: they belong to the host. */
export function proxyConfig(config: ClusterConfig, node: NodeConfig): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    bindAddress: node.ip,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    hostnameOverride: node.name,
    clusterCIDR: `${config.podCidr},${config.podCidr6}`,
    clientConnection: { kubeconfig: nodePaths.proxyKubeconfig },
    oomScoreAdj: 0,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '0s', syncPeriod: '30s' },
  });
}
