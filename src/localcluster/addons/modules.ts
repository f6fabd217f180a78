/** Go modules of the programs that make a cluster of Kubernetes' own programs useful. Pure. */
import type { AddOn } from '../binaries.ts';
import type { ClusterConfig } from '../config.ts';
import { alignedGoMod, corednsModule } from '../gomodule.ts';
import type { GoModule } from '../gomodule.ts';
import { localPathVersion } from '../versions.ts';

/** Rancher's provisioner as it is. */
export function localPathModule(): GoModule {
  const path = 'github.com/rancher/local-path-provisioner';
  return {
    files: { 'go.mod': alignedGoMod('local-path-provisioner', [`${path} ${localPathVersion}`]) },
    programs: { 'local-path-provisioner': path },
    ldflags: '-s -w',
  };
}

/** Programs that run on the host once the nodes are there. */
export function hostAddOns(config: ClusterConfig): AddOn[] {
  return [
    { name: 'coredns', dir: config.corednsBin, module: corednsModule },
    { name: 'local-path-provisioner', dir: config.localPathBin, module: localPathModule },
  ];
}
