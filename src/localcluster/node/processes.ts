/** Command lines inside a node. Pure. */
import { join } from 'node:path';
import type { NodeConfig } from '../config.ts';
import type { ProcessSpec } from '../components.ts';
import { nodePaths } from './files.ts';
import { nodeProgramDirs } from './paths.ts';

/** Where the host finds a file that the node has below `/var`. */
export function hostPath(node: NodeConfig, path: string): string {
  return join(node.varDir, path.replace(/^\/var\//, ''));
}

const named = (node: NodeConfig, program: string): string => `${node.name}-${program}`;

export function containerdProcess(node: NodeConfig): ProcessSpec {
  return {
    name: named(node, 'containerd'),
    argv: ['containerd', '--config', nodePaths.containerd],
    files: [hostPath(node, nodePaths.containerd)],
    node: node.name,
  };
}

export function kubeletProcess(node: NodeConfig): ProcessSpec {
  const files = [
    nodePaths.kubelet,
    nodePaths.kubeletKubeconfig,
    nodePaths.kubeletCa,
    nodePaths.kubeletCert,
    nodePaths.kubeletKey,
  ];
  return {
    name: named(node, 'kubelet'),
    argv: [
      join(nodeProgramDirs.kubernetes, 'kubelet'),
      `--config=${nodePaths.kubelet}`,
      `--kubeconfig=${nodePaths.kubeletKubeconfig}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.ip},${node.ip6}`,
    ],
    files: files.map((path) => hostPath(node, path)),
    node: node.name,
  };
}

export function proxyProcess(node: NodeConfig): ProcessSpec {
  return {
    name: named(node, 'kube-proxy'),
    argv: [join(nodeProgramDirs.kubernetes, 'kube-proxy'), `--config=${nodePaths.proxy}`],
    files: [nodePaths.proxy, nodePaths.proxyKubeconfig].map((path) => hostPath(node, path)),
    node: node.name,
  };
}

export function policiesProcess(node: NodeConfig): ProcessSpec {
  return {
    name: named(node, 'network-policies'),
    argv: [
      join(nodeProgramDirs.policies, 'kube-network-policies'),
      `--node=${node.name}`,
      `--kubeconfig=${nodePaths.policiesKubeconfig}`,
    ],
    files: [hostPath(node, nodePaths.policiesKubeconfig)],
    node: node.name,
  };
}
