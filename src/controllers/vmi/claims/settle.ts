/** Looks at an instance's claims before its pod is made, and writes down what the pod and the launcher need of them. */
import { dataVolumes, persistentVolumeClaims, virtualMachineInstances } from '../../../api/kinds.ts';
import type { PersistentVolumeClaim, Vmi } from '../../../api/types.ts';
import { findObject } from '../../../kube/find.ts';
import { keyOf } from '../../../kube/types.ts';
import type { EventRecorder, KubeClient } from '../../../kube/types.ts';
import { conditionOf } from '../../../status/conditions.ts';
import { writeStatus } from '../../../status/write-status.ts';
import { decideCreateFailure } from '../decide.ts';
import type { Awaited } from './awaited.ts';
import { claimProblem, fillerOf } from './problem.ts';
import type { DataVolume, Found, Waiting } from './problem.ts';
import { claimOf } from './volume-source.ts';
import { volumeStatuses } from './volume-status.ts';

export interface SettleDeps {
  client: KubeClient;
  awaited: Awaited;
  events: EventRecorder;
  now: () => Date;
}

/**
 * @returns the instance with what is known of its claims in its status, stored; undefined when it has to wait for
 *   one, which its status says and whose appearance queues it again.
 */
export async function settleClaims(deps: SettleDeps, vmi: Vmi): Promise<Vmi | undefined> {
  const claims = new Map<string, PersistentVolumeClaim>();
  // All at once: a guest with many claims starts no later than one with a single one.
  const looked = await Promise.all(
    (vmi.spec.volumes ?? []).map(async (volume) => {
      const claimName = claimOf(volume)?.claimName;
      return claimName === undefined
        ? []
        : [{ volume, claimName, found: await lookUp(deps.client, vmi, claimName) }];
    }),
  );
  for (const { volume, claimName, found } of looked.flat()) {
    const waiting = claimProblem(vmi, volume, found);
    if (waiting !== undefined) return waitFor(deps, vmi, waiting);
    if (found.claim !== undefined) claims.set(claimName, found.claim);
  }
  deps.awaited.expect(keyOf(vmi), []);
  if (claims.size === 0) return vmi;
  const status = { ...vmi.status, volumeStatus: volumeStatuses(vmi, claims) ?? [] };
  await writeStatus(deps.client, virtualMachineInstances, vmi, status);
  return { ...vmi, status };
}

async function lookUp(client: KubeClient, vmi: Vmi, name: string): Promise<Found> {
  const key = { namespace: vmi.metadata.namespace ?? 'default', name };
  const claim = await findObject<PersistentVolumeClaim>(client, persistentVolumeClaims, key);
  const filler = claim === undefined ? name : fillerOf(claim);
  if (filler === undefined) return { claim, dataVolume: undefined };
  return { claim, dataVolume: await findObject<DataVolume>(client, dataVolumes, { ...key, name: filler }) };
}

async function waitFor(deps: SettleDeps, vmi: Vmi, { wanted, ...problem }: Waiting): Promise<undefined> {
  const told = conditionOf(vmi.status?.conditions, 'Synchronized')?.reason === problem.reason;
  const { status } = decideCreateFailure(vmi, problem, deps.now());
  await writeStatus(deps.client, virtualMachineInstances, vmi, status);
  if (!told) deps.events.record(vmi, 'Warning', problem.reason, problem.message);
  deps.awaited.expect(keyOf(vmi), wanted);
  return undefined;
}
