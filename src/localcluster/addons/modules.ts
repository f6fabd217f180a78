/** Go modules of the programs that make a cluster of Kubernetes' own programs useful. Pure. */
import type { AddOn } from '../binaries.ts';
import type { ClusterConfig } from '../config.ts';
import { policiesPath, policiesSources } from './policies-go.ts';
import { alignedGoMod, corednsModule } from '../gomodule.ts';
import type { GoModule } from '../gomodule.ts';
import { localPathVersion, multusVersion, policiesVersion } from '../versions.ts';

/** Rancher's provisioner as it is. */
export function localPathModule(): GoModule {
  const path = 'github.com/rancher/local-path-provisioner';
  return {
    files: { 'go.mod': alignedGoMod('local-path-provisioner', [`${path} ${localPathVersion}`]) },
    programs: { 'local-path-provisioner': path },
    ldflags: '-s -w',
  };
}

/**
 * Modules that Go's checksum database may not know: what was reviewed is named here. The second is as the first's
 * own go.sum has it.
 */
const policiesSums = `${policiesPath} ${policiesVersion} h1:dzecRNzdmg+VmHEQWTIjxnCgf412J+8CKHqbKgCiWkk=
${policiesPath} ${policiesVersion}/go.mod h1:QNAmb/exAiL032oNq0/QhfYl5H+jEFFDF0qVXpIOkeI=
sigs.k8s.io/network-policy-api v0.1.6-0.20250401132235-45061d10895e h1:b5Vm5aa0I37gToQmFhQ+gQMZVsPsxSiJzxZWtSCs99w=
sigs.k8s.io/network-policy-api v0.1.6-0.20250401132235-45061d10895e/go.mod h1:8J+z3UB9HgeqbmYprl6OKIobEDv27A3KRHPcteJ61rw=
`;

/** What the controller wants a little newer than Kubernetes does: everything above would be compiled once more. */
const asKubernetes = {
  'github.com/davecgh/go-spew': 'v1.1.1',
  'github.com/go-openapi/jsonpointer': 'v0.21.0',
  'github.com/go-openapi/jsonreference': 'v0.20.2',
  'github.com/go-openapi/swag': 'v0.23.0',
  'github.com/mailru/easyjson': 'v0.7.7',
  'github.com/pmezard/go-difflib': 'v1.0.0',
  'github.com/prometheus/common': 'v0.62.0',
  'github.com/prometheus/procfs': 'v0.15.1',
  'golang.org/x/oauth2': 'v0.27.0',
  'golang.org/x/sync': 'v0.12.0',
  'golang.org/x/sys': 'v0.31.0',
  'golang.org/x/term': 'v0.30.0',
  'golang.org/x/text': 'v0.23.0',
  'golang.org/x/time': 'v0.9.0',
  'google.golang.org/protobuf': 'v1.36.5',
} as const;

/** SIG Network's policy controller with a main program of ours. */
export function policiesModule(): GoModule {
  return {
    files: {
      'go.mod': alignedGoMod('kube-network-policies', [`${policiesPath} ${policiesVersion}`], asKubernetes),
      'go.sum': policiesSums,
      ...policiesSources,
    },
    programs: { 'kube-network-policies': '.' },
    ldflags: '-s -w',
  };
}

/** The thin plug-in, which runs for one pod at a time and asks the API itself. */
function multusModule(): GoModule {
  const path = 'gopkg.in/k8snetworkplumbingwg/multus-cni.v4';
  // The kubelet's protocol changed names that this release uses.
  const others = { 'k8s.io/kubelet': 'v0.29.0' };
  return {
    files: { 'go.mod': alignedGoMod('multus', [`${path} ${multusVersion}`], others) },
    programs: { multus: `${path}/cmd/multus` },
    ldflags: '-s -w',
  };
}

/** Programs that nodes need before their first pod. */
export function nodeAddOns(config: ClusterConfig): AddOn[] {
  return [
    { name: 'kube-network-policies', dir: config.policiesBin, module: policiesModule },
    { name: 'multus', dir: config.multusBin, module: multusModule },
  ];
}

/** Programs that run on the host once the nodes are there. */
export function hostAddOns(config: ClusterConfig): AddOn[] {
  return [
    { name: 'coredns', dir: config.corednsBin, module: corednsModule },
    { name: 'local-path-provisioner', dir: config.localPathBin, module: localPathModule },
  ];
}
