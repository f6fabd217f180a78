/** Command lines of the control plane. Pure. */
import { join } from 'node:path';
import type { ClusterConfig } from './config.ts';

/** A long-running program of the cluster. */
export interface ProcessSpec {
  /** Unique within the cluster: names its record, its log and what people call it. */
  name: string;
  argv: readonly string[];
  cwd?: string;
  /** Files whose content it reads at start: when one changes, it is started again. */
  files: readonly string[];
  /** Sockets that stay behind when it is killed and keep it from starting again. */
  sockets?: readonly string[];
  /** Node whose namespaces it runs in; the host's otherwise. */
  node?: string;
}

export const dnsPort = 10053;
const dnsHealthPort = 10054;

const flags = (values: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

/** Path of one file of the cluster's PKI. */
export const pkiFile = (config: ClusterConfig, file: string): string => join(config.pkiDir, file);

/** Path of the kubeconfig of a component on the host. */
export const componentKubeconfig = (config: ClusterConfig, name: string): string =>
  join(config.stateDir, 'kubeconfig', `${name}.yaml`);

/**
 * etcd answers on a Unix socket in the cluster's private folder, so no other user of the machine reaches it.
 * It accepts only names of the form `unix://host:port`, which it takes as a file in its working folder.
 */
const etcdSocket = 'etcd:2379';
const etcdPeerSocket = 'etcd:2380';

export function etcdProcess(config: ClusterConfig): ProcessSpec {
  const peer = `unix://${etcdPeerSocket}`;
  const client = `unix://${etcdSocket}`;
  const values = {
    'data-dir': join(config.stateDir, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'auto-compaction-retention': '1h',
    logger: 'zap',
    'log-outputs': 'stderr',
    'log-level': 'warn',
  };
  return {
    name: 'etcd',
    // A cluster on one machine for tests and trials: losing the last writes in a power cut is fine, waiting is not.
    argv: ['etcd', '--unsafe-no-fsync', ...flags(values)],
    cwd: config.runDir,
    files: [],
    sockets: [etcdSocket, etcdPeerSocket].map((name) => join(config.runDir, name)),
  };
}

function apiserverCertificates(config: ClusterConfig): Record<string, string> {
  return {
    'client-ca-file': pkiFile(config, 'ca.crt'),
    'tls-cert-file': pkiFile(config, 'apiserver.crt'),
    'tls-private-key-file': pkiFile(config, 'apiserver.key'),
    'kubelet-certificate-authority': pkiFile(config, 'ca.crt'),
    'kubelet-client-certificate': pkiFile(config, 'apiserver-kubelet-client.crt'),
    'kubelet-client-key': pkiFile(config, 'apiserver-kubelet-client.key'),
    'service-account-key-file': pkiFile(config, 'sa.pub'),
    'service-account-signing-key-file': pkiFile(config, 'sa.key'),
    'requestheader-client-ca-file': pkiFile(config, 'front-proxy-ca.crt'),
    'proxy-client-cert-file': pkiFile(config, 'front-proxy-client.crt'),
    'proxy-client-key-file': pkiFile(config, 'front-proxy-client.key'),
  };
}

export function apiserverProcess(config: ClusterConfig): ProcessSpec {
  const certificates = apiserverCertificates(config);
  const values = {
    ...certificates,
    'etcd-servers': `unix://${join(config.runDir, etcdSocket)}`,
    'bind-address': config.hostIp,
    'advertise-address': config.hostIp,
    'secure-port': config.apiPort,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-cluster-ip-range': `${config.serviceCidr},${config.serviceCidr6}`,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'enable-aggregator-routing': true,
    'kubelet-preferred-address-types': 'InternalIP',
    profiling: false,
  };
  return {
    name: 'kube-apiserver',
    argv: [join(config.kubernetesBin, 'kube-apiserver'), ...flags(values)],
    cwd: config.runDir,
    files: Object.values(certificates),
  };
}

/** Kubeconfig flags that every client of the control plane shares. */
function clientFlags(config: ClusterConfig, name: string): Record<string, string | boolean> {
  const file = componentKubeconfig(config, name);
  return {
    kubeconfig: file,
    'authentication-kubeconfig': file,
    'authorization-kubeconfig': file,
    'bind-address': config.hostIp,
    'leader-elect': false,
    profiling: false,
  };
}

export function controllerManagerProcess(config: ClusterConfig): ProcessSpec {
  const values = {
    ...clientFlags(config, 'controller-manager'),
    'service-account-private-key-file': pkiFile(config, 'sa.key'),
    'root-ca-file': pkiFile(config, 'ca.crt'),
    'cluster-signing-cert-file': pkiFile(config, 'ca.crt'),
    'cluster-signing-key-file': pkiFile(config, 'ca.key'),
    'use-service-account-credentials': true,
    // The default of 20 requests a second makes the start of all controllers take five seconds.
    'kube-api-qps': 300,
    'kube-api-burst': 600,
    'flex-volume-plugin-dir': join(config.stateDir, 'volumeplugins'),
    // Pod ranges are chosen here and written to the Node objects before their kubelets start.
    'allocate-node-cidrs': false,
  };
  return {
    name: 'kube-controller-manager',
    argv: [join(config.kubernetesBin, 'kube-controller-manager'), ...flags(values)],
    files: [
      componentKubeconfig(config, 'controller-manager'),
      pkiFile(config, 'sa.key'),
      pkiFile(config, 'ca.crt'),
    ],
  };
}

export function schedulerProcess(config: ClusterConfig): ProcessSpec {
  return {
    name: 'kube-scheduler',
    argv: [join(config.kubernetesBin, 'kube-scheduler'), ...flags(clientFlags(config, 'scheduler'))],
    files: [componentKubeconfig(config, 'scheduler')],
  };
}

/**
 * Names inside the cluster are answered from the API, others by the machine's own servers.
 * @param resolvConf the machine's resolver configuration; CoreDNS does not start on one that names no server.
 */
export function corefile(config: ClusterConfig, resolvConf: string): string {
  const forward = /^nameserver\s+\S/m.test(resolvConf) ? '    forward . /etc/resolv.conf\n' : '';
  return `.:${dnsPort} {
    bind ${config.hostIp} ${config.hostIp6}
    errors
    ready ${config.hostIp}:${dnsHealthPort}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${componentKubeconfig(config, 'coredns')}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
${forward}    cache 5
}
`;
}

export const corefilePath = (config: ClusterConfig): string => join(config.stateDir, 'Corefile');

export function corednsProcess(config: ClusterConfig): ProcessSpec {
  const file = corefilePath(config);
  return {
    name: 'coredns',
    argv: [join(config.corednsBin, 'coredns'), `-conf=${file}`],
    files: [file, componentKubeconfig(config, 'coredns')],
  };
}
