/**
 * Evictions of launcher pods: who drains a node must not stop a guest that is to go on elsewhere. Refusals are
 * 429, which `kubectl drain` and autoscalers take for "not yet" and try again.
 */
import * as v from 'valibot';
import { annotations, components, labels } from '../../api/constants.ts';
import type { ClusterConfig } from '../../api/cluster-config.ts';
import { pods, virtualMachineInstances } from '../../api/kinds.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { conditionOf, isConditionTrue } from '../../status/conditions.ts';
import { messageOf } from '../../support/errors.ts';
import type { AdmissionRequest, Verdict } from '../review.ts';
import type { Reviewer, ReviewContext, Webhook } from '../webhook.ts';

const allowed: Verdict = { allowed: true };

const denied = (message: string): Verdict => ({
  allowed: false,
  reason: 'TooManyRequests',
  code: 429,
  message,
});

export const reviewEviction: Reviewer = async (request, context) => {
  const { name, namespace } = request;
  if (name === undefined || namespace === undefined) return allowed;
  try {
    const found = await guestOf({ name, namespace }, context);
    return found === undefined ? allowed : await carryOut(fateOf(found, context.config), request, context);
  } catch (error) {
    return denied(`monovirt cannot say whether pod ${name} may go: ${messageOf(error)}`);
  }
};

interface Guest {
  pod: Pod;
  vmi: Vmi;
}

/** The VMI that runs in a pod; none in a pod that has ended, that is no launcher, or whose VMI is another by now. */
async function guestOf(
  { name, namespace }: { name: string; namespace: string },
  { lookup, signal }: ReviewContext,
): Promise<Guest | undefined> {
  const pod = await lookup.find<Pod>(pods, { namespace, name }, signal);
  const vmiName = pod && isRunningLauncher(pod) ? pod.metadata.annotations?.[annotations.domain] : undefined;
  if (pod === undefined || vmiName === undefined) return undefined;
  const vmi = await lookup.find<Vmi>(virtualMachineInstances, { namespace, name: vmiName }, signal);
  return vmi?.metadata.uid === pod.metadata.labels?.[labels.createdBy] && vmi ? { pod, vmi } : undefined;
}

async function carryOut(what: Fate, request: AdmissionRequest, context: ReviewContext): Promise<Verdict> {
  if (what.fate === 'goes') return allowed;
  if (what.fate === 'leaves' && !isDryRun(request)) {
    const eviction = { node: what.node, descheduler: isOfDescheduler(request) };
    await context.evacuate(what.vmi, eviction, context.signal);
  }
  return denied(what.message);
}

function isRunningLauncher({ metadata, status }: Pod): boolean {
  if (metadata.labels?.[labels.component] !== components.launcher) return false;
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}

type Fate =
  | { fate: 'goes' }
  | { fate: 'stays'; message: string }
  /** The pod stays until its guest is elsewhere, which is asked for now. */
  | { fate: 'leaves'; message: string; vmi: Vmi; node: string };

function fateOf({ pod, vmi }: Guest, config: ClusterConfig): Fate {
  const strategy = vmi.spec.evictionStrategy ?? config.evictionStrategy;
  switch (strategy) {
    case 'LiveMigrate':
      return migratable(vmi) ? leave(vmi, pod) : { fate: 'stays', message: cannotMove(vmi) };
    case 'LiveMigrateIfPossible':
      return migratable(vmi) ? leave(vmi, pod) : { fate: 'goes' };
    case 'External':
      return leave(vmi, pod);
    default:
      return { fate: 'goes' };
  }
}

function leave(vmi: Vmi, pod: Pod): Fate {
  const { name, namespace = '' } = vmi.metadata;
  // Deschedulers look for this sentence.
  const message = `Eviction triggered evacuation of VMI "${namespace}/${name}"`;
  if (vmi.status?.evacuationNodeName) return { fate: 'stays', message: `Evacuation in progress: ${message}` };
  const node = pod.spec?.nodeName;
  if (node === undefined || vmi.status?.nodeName !== node) {
    return { fate: 'stays', message: 'Eviction request for target Pod' };
  }
  return { fate: 'leaves', message, vmi, node };
}

const migratable = (vmi: Vmi): boolean => isConditionTrue(vmi.status?.conditions, 'LiveMigratable');

function cannotMove(vmi: Vmi): string {
  const { name, namespace = '' } = vmi.metadata;
  const why =
    conditionOf(vmi.status?.conditions, 'LiveMigratable')?.message ?? 'it has not reported yet whether it is';
  return `VMI ${name} is configured with an eviction strategy but is not live-migratable: ${why}. To go on, stop the VM (virtctl stop ${name} -n ${namespace}), or set its evictionStrategy to None or LiveMigrateIfPossible, with which the guest is shut down`;
}

const evictionSchema = v.looseObject({
  metadata: v.exactOptional(
    v.looseObject({ annotations: v.exactOptional(v.record(v.string(), v.string())) }),
  ),
  deleteOptions: v.nullish(v.looseObject({ dryRun: v.nullish(v.array(v.string())) })),
});

const evictionOf = ({ object }: AdmissionRequest): v.InferOutput<typeof evictionSchema> => {
  const parsed = v.safeParse(evictionSchema, object);
  return parsed.success ? parsed.output : {};
};

function isDryRun(request: AdmissionRequest): boolean {
  return request.dryRun === true || evictionOf(request).deleteOptions?.dryRun?.includes('All') === true;
}

/** The descheduler names itself on the evictions that it asks for. */
const isOfDescheduler = (request: AdmissionRequest): boolean =>
  evictionOf(request).metadata?.annotations?.['requested-by'] === 'sigs.k8s.io/descheduler';

export const evictionWebhooks: readonly Webhook[] = [
  {
    name: 'virt-launcher-eviction-interceptor.kubevirt.io',
    type: 'validating',
    path: '/pod-eviction-validate',
    resource: pods,
    subresource: 'eviction',
    operations: ['CREATE'],
    conditions: { 'only-launchers': 'request.name.startsWith("virt-launcher-")' },
    writes: true,
    review: reviewEviction,
  },
];
