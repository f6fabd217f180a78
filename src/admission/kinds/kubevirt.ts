/** Webhooks of the KubeVirt object. */
import { kubeVirts, replicaSets, virtualMachineInstances, virtualMachines } from '../../api/kinds.ts';
import type { KubeVirtManifest } from '../../api/manifests.ts';
import type { KubeObject } from '../../api/types.ts';
import { validateKubeVirt, warningsOfKubeVirt } from '../../api/validate/kubevirt.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import type { AdmissionRequest, Verdict } from '../review.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, ReviewContext, Webhook } from '../webhook.ts';

export const validateKubeVirtChange: Reviewer = (request) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  return judge(request);
};

function judge(request: AdmissionRequest): Verdict {
  const { object, causes } = parse<KubeVirtManifest>(request.object, 'KubeVirt');
  if (causes) return verdict(causes);
  return verdict(validateKubeVirt(object), warningsOfKubeVirt(object));
}

/** One object configures the cluster; a second one would do nothing, and nobody would know which is which. */
export const validateKubeVirtCreate: Reviewer = async (request, { lookup, signal }) => {
  const present = await lookup.list<KubeObject>(kubeVirts, undefined, signal);
  const other = present.find(({ metadata }) => !isSame(metadata, request));
  // Of one that exists under this very name the API server says so itself.
  if (other === undefined) return judge(request);
  const { name, namespace = '' } = other.metadata;
  return {
    allowed: false,
    reason: 'Forbidden',
    code: 403,
    message: `Kubevirt is already created: change ${namespace}/${name}, or delete it first`,
  };
};

const isSame = (
  { name, namespace }: { name: string; namespace?: string },
  request: AdmissionRequest,
): boolean => name === request.name && namespace === request.namespace;

/** Users' work: what an uninstallation would delete. */
const workloads = [virtualMachines, virtualMachineInstances, replicaSets];

export const validateKubeVirtDelete: Reviewer = async (request, context) => {
  const { uninstallStrategy } = (request.oldObject?.['spec'] ?? {}) as { uninstallStrategy?: string };
  if (uninstallStrategy !== 'BlockUninstallIfWorkloadsExist') return { allowed: true };
  const found = await counts(context);
  if (found.length === 0) return { allowed: true };
  return {
    allowed: false,
    reason: 'Forbidden',
    code: 403,
    message: `Rejecting the uninstall request, since there are still ${found.join(' and ')} present. Either delete all KubeVirt related workloads or change the uninstall strategy before uninstalling KubeVirt.`,
  };
};

async function counts({ lookup, signal }: ReviewContext): Promise<string[]> {
  const counted = await Promise.all(
    workloads.map(async (resource) => {
      const objects = await lookup.list(resource, undefined, signal);
      return objects.length === 0 ? [] : [`${objects.length} ${resource.kind}s`];
    }),
  );
  return counted.flat();
}

export const kubeVirtWebhooks: readonly Webhook[] = [
  {
    name: 'kubevirt-create-validator.kubevirt.io',
    type: 'validating',
    path: '/kubevirt-validate-create',
    resource: kubeVirts,
    operations: ['CREATE'],
    review: validateKubeVirtCreate,
  },
  {
    name: 'kubevirt-update-validator.kubevirt.io',
    type: 'validating',
    path: '/kubevirt-validate-update',
    resource: kubeVirts,
    operations: ['UPDATE'],
    conditions: specChanges,
    review: validateKubeVirtChange,
  },
  {
    name: 'kubevirt-validator.kubevirt.io',
    type: 'validating',
    path: '/kubevirt-validate-delete',
    resource: kubeVirts,
    operations: ['DELETE'],
    // All others go whether or not somebody answers here: a namespace that ends must not wait.
    conditions: {
      blocks:
        'has(oldObject.spec) && has(oldObject.spec.uninstallStrategy) && oldObject.spec.uninstallStrategy == "BlockUninstallIfWorkloadsExist"',
    },
    review: validateKubeVirtDelete,
  },
];
