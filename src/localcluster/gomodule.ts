/** Go modules that build the cluster's programs: generated, so that a version is one constant. Pure. */
import { corednsVersion, kubernetesVersion, stagingVersion } from './versions.ts';

/** Modules that live inside Kubernetes' repository and are published beside it. */
const staging = [
  'api',
  'apiextensions-apiserver',
  'apimachinery',
  'apiserver',
  'cli-runtime',
  'client-go',
  'cloud-provider',
  'cluster-bootstrap',
  'code-generator',
  'component-base',
  'component-helpers',
  'controller-manager',
  'cri-api',
  'cri-client',
  'csi-translation-lib',
  'dynamic-resource-allocation',
  'endpointslice',
  'externaljwt',
  'kms',
  'kube-aggregator',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'metrics',
  'mount-utils',
  'pod-security-admission',
  'sample-apiserver',
  'sample-cli-plugin',
  'sample-controller',
];

export const kubernetesCommands = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const;

export interface GoModule {
  files: Readonly<Record<string, string>>;
  /** Program to build → package it is built from. */
  programs: Readonly<Record<string, string>>;
  ldflags: string;
}

/**
 * A `go.mod` in which all of Kubernetes has the cluster's version. Programs that share it share what is compiled,
 * through Go's own cache.
 * @param requirements module and version of each, as in `go.mod`.
 * @param others version of each module, by its path, that is to be another than the requirements lead to.
 */
export function alignedGoMod(
  name: string,
  requirements: readonly string[] = [],
  others: Readonly<Record<string, string>> = {},
): string {
  const aligned = staging.map((module): [string, string] => [`k8s.io/${module}`, stagingVersion]);
  const versions = Object.entries({ ...Object.fromEntries(aligned), ...others });
  const replacements = versions.map(([path, version]) => `\t${path} => ${path} ${version}`);
  return `module monovirt.io/${name}

go 1.24.0

require (
${[`k8s.io/kubernetes ${kubernetesVersion}`, ...requirements].map((line) => `\t${line}`).join('\n')}
)

replace (
${replacements.join('\n')}
)
`;
}

/** A module that imports the six commands; `commands` limits what is built, not what is imported. */
export function kubernetesModule(commands: readonly string[]): GoModule {
  const paths = kubernetesCommands.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  const [, minor = ''] = kubernetesVersion.split('.');
  const stamps = { gitVersion: kubernetesVersion, gitMajor: '1', gitMinor: minor, gitTreeState: 'clean' };
  const xs = Object.entries(stamps).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return {
    files: {
      'go.mod': alignedGoMod('kubernetes'),
      'tools.go': `//go:build tools

package tools

import (
${paths.map((path) => `\t_ "${path}"`).join('\n')}
)
`,
    },
    programs: Object.fromEntries(commands.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    ldflags: ['-s -w', ...xs].join(' '),
  };
}

/** Only the plugins the cluster's Corefile names: a quarter of the build time of the stock program. */
const corednsPlugins = ['errors', 'ready', 'cache', 'kubernetes', 'forward'];

/** CoreDNS with few plugins, in the order in which they handle a query. */
export function corednsModule(): GoModule {
  const order = ['bind', ...corednsPlugins];
  const imports = order.map((name) => `\t_ "github.com/coredns/coredns/plugin/${name}"`);
  return {
    files: {
      'go.mod': `module monovirt.io/coredns

go 1.24.0

require github.com/coredns/coredns ${corednsVersion}
`,
      'main.go': `package main

import (
\t"github.com/coredns/coredns/core/dnsserver"
\t"github.com/coredns/coredns/coremain"

${imports.join('\n')}
)

func main() {
\tdnsserver.Directives = []string{${order.map((name) => `"${name}"`).join(', ')}}
\tcoremain.Run()
}
`,
    },
    programs: { coredns: '.' },
    ldflags: '-s -w',
  };
}
