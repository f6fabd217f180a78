/** What an installation needs next, and what its KubeVirt object is to say. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, KubeVirt } from '../../api/types.ts';
import {
  apiServices,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../../api/kinds.ts';
import { covers } from '../covers.ts';
import type { Desired } from '../objects/desired.ts';
import { agentRollout } from './rollout.ts';
import { nextKubeVirtStatus } from './status.ts';
import type { Versions } from './status.ts';

export const kubeVirtFinalizer = 'foregroundDeleteKubeVirt';

export interface InstallSnapshot {
  kubeVirt: KubeVirt;
  /** Every object that is wanted, with what is there. */
  objects: readonly { desired: Desired; live: KubeObject | undefined }[];
  /** VirtualMachines and instances in the cluster. */
  workloads: number;
  /** The namespace of the installation is being deleted: the controller has seconds left. */
  namespaceEnding: boolean;
  /** Another KubeVirt object is in force. */
  superseded: boolean;
  versions: Versions;
}

export interface InstallPlan {
  addFinalizer: boolean;
  apply: readonly Desired[];
  remove: readonly Desired[];
  deleteWorkloads: boolean;
  removeFinalizer: boolean;
  status: NonNullable<KubeVirt['status']>;
}

const idle = {
  addFinalizer: false,
  apply: [],
  remove: [],
  deleteWorkloads: false,
  removeFinalizer: false,
} as const;

export function decideInstall(seen: InstallSnapshot, now: Date): InstallPlan {
  const finalized = seen.kubeVirt.metadata.finalizers?.includes(kubeVirtFinalizer) === true;
  const ending = seen.kubeVirt.metadata.deletionTimestamp !== undefined || seen.namespaceEnding;
  if (ending) return uninstall(seen, finalized, now);
  if (seen.superseded) {
    const message = 'another KubeVirt object is in force; delete this one';
    return {
      ...idle,
      status: nextKubeVirtStatus(seen, { phase: 'Deploying', message, degraded: true }, now),
    };
  }
  const apply = seen.objects
    .filter(({ desired, live }) => !isInPlace(desired, live))
    .map(({ desired }) => desired);
  const daemonSet = seen.objects.find(({ desired }) => desired.resource.plural === 'daemonsets')?.live;
  const rollout = agentRollout(daemonSet);
  const deployed = apply.length === 0 && rollout.done;
  const phase = deployed ? ('Deployed' as const) : ('Deploying' as const);
  return {
    ...idle,
    addFinalizer: !finalized,
    apply,
    status: nextKubeVirtStatus(seen, { phase, message: rollout.message, degraded: false }, now),
  };
}

function isInPlace(desired: Desired, live: KubeObject | undefined): boolean {
  if (live === undefined) return false;
  // A role with one rule more than wanted is not covered by what it has in common.
  const rules = (desired.object as { rules?: unknown }).rules;
  const exact = rules === undefined || isDeepStrictEqual((live as { rules?: unknown }).rules, rules);
  return exact && covers(live, desired.object);
}

const stopping = new Set([
  mutatingWebhookConfigurations.plural,
  validatingWebhookConfigurations.plural,
  apiServices.plural,
]);

/**
 * Webhooks and aggregated APIs first, so that nothing in the cluster ever waits for a service that is gone;
 * then the guests, gracefully, while their agents still run; then the rest.
 */
function uninstall(seen: InstallSnapshot, finalized: boolean, now: Date): InstallPlan {
  const there = seen.objects.filter(({ live }) => live !== undefined).map(({ desired }) => desired);
  const first = there.filter(({ resource }) => stopping.has(resource.plural));
  const status = (message: string): InstallPlan['status'] =>
    nextKubeVirtStatus(seen, { phase: 'Deleting', message, degraded: false }, now);
  if (seen.superseded) return { ...idle, removeFinalizer: finalized, status: status('not in force') };
  if (seen.namespaceEnding) {
    return {
      ...idle,
      remove: first,
      removeFinalizer: finalized && first.length === 0,
      status: status('the namespace is ending'),
    };
  }
  if (seen.workloads > 0) {
    const message = `${seen.workloads} VirtualMachines, replica sets and instances are left`;
    const blocked = seen.kubeVirt.spec?.uninstallStrategy === 'BlockUninstallIfWorkloadsExist';
    if (blocked)
      return {
        ...idle,
        status: status(`${message}; delete them, or set spec.uninstallStrategy to RemoveWorkloads`),
      };
    return { ...idle, remove: first, deleteWorkloads: true, status: status(message) };
  }
  return {
    ...idle,
    remove: there,
    removeFinalizer: finalized && there.length === 0,
    status: status('removing components'),
  };
}
