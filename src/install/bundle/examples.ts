/** One example of each kind, made of the samples, for catalogues and for the scorecard. Pure. */
import { apiVersionOf, kubeVirts, virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Manifest } from './manifest.ts';
import { withoutNamespace } from './manifest.ts';

export interface Examples {
  kubeVirt: Manifest;
  vm: Manifest;
  vmi: Manifest;
  /** Of kinds that have no sample. */
  others: readonly Manifest[];
}

/**
 * @param samples the manifests of config/samples; the first of each kind is taken.
 * @param others one of each kind that has no sample.
 * @throws MonovirtError NoExample when a kind has none.
 */
export function examplesOf(samples: readonly Manifest[], others: readonly Manifest[]): Examples {
  const sample = (kind: string): Manifest => {
    const found = samples.find((each) => each.kind === kind);
    if (found === undefined) {
      throw new MonovirtError('NoExample', `config/samples has no ${kind}; add one`, 'never');
    }
    return withoutNamespace(found);
  };
  const vm = sample(virtualMachines.kind);
  return { kubeVirt: withoutEmulation(sample(kubeVirts.kind)), vm, vmi: instanceOf(vm), others };
}

/** The sample is for machines without KVM; who installs from a catalogue starts with what a cluster should have. */
function withoutEmulation(kubeVirt: Manifest): Manifest {
  const spec = kubeVirt['spec'] as object;
  return {
    ...kubeVirt,
    spec: { ...spec, configuration: { developerConfiguration: { useEmulation: false } } },
  };
}

/** The instance that the machine would start. */
function instanceOf(vm: Manifest): Manifest {
  const { template } = vm['spec'] as { template: { metadata?: object; spec: object } };
  return {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: { name: `${vm.metadata.name}-instance` },
    spec: template.spec,
  };
}
