/** Notices that claims of instances have grown, and writes it down where the launcher reads it. */
import { persistentVolumeClaims, virtualMachineInstances } from '../../../api/kinds.ts';
import type { PersistentVolumeClaim, Vmi, VmiStatus } from '../../../api/types.ts';
import { findObject } from '../../../kube/find.ts';
import { keyOf, keyString } from '../../../kube/types.ts';
import type { Informer, KubeClient, WorkQueue } from '../../../kube/types.ts';
import { isFinal } from '../../../pod/facts.ts';
import { writeStatus } from '../../../status/write-status.ts';
import { sameJson } from '../../../api/same-json.ts';
import { claimOf } from '../../../api/claim-of.ts';

type VolumeStatus = NonNullable<VmiStatus['volumeStatus']>[number];

const byClaim = 'claim';

const claimNames = ({ spec }: Vmi): string[] =>
  (spec.volumes ?? []).flatMap((volume) => claimOf(volume)?.claimName ?? []);

/** Index that the instances' informer must have. */
export const claimIndexes = {
  [byClaim]: (vmi: Vmi): readonly string[] =>
    claimNames(vmi).map((name) => keyString({ ...namespaceOf(vmi), name })),
};

const namespaceOf = ({ metadata }: Vmi): { namespace: string } => ({
  namespace: metadata.namespace ?? 'default',
});

/** All that is looked at of a claim that changes. */
export function trimClaim({ metadata, spec, status }: PersistentVolumeClaim): PersistentVolumeClaim {
  const { name, namespace = 'default', uid, resourceVersion } = metadata;
  return {
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp: '' },
    spec: { resources: { requests: spec?.resources?.requests ?? {} } },
    status: { capacity: status?.capacity ?? {} },
  };
}

export interface Growth {
  /** Settles when there is an instance with a claim. */
  wanted: Promise<void>;
  /** A claim is there, or has changed. */
  seen: (claim: PersistentVolumeClaim) => void;
  /** Writes what its claims have become. @returns whether something was written. */
  settle(client: KubeClient, vmi: Vmi): Promise<boolean>;
}

export function createGrowth(vmis: Informer<Vmi>, queue: Pick<WorkQueue, 'add'>): Growth {
  /** Uids of instances whose claims are to be looked at. */
  const due = new Set<string>();
  const { promise: wanted, resolve } = Promise.withResolvers<void>();
  vmis.onChange(({ type, object }) => {
    if (type === 'deleted') due.delete(object.metadata.uid);
    else if (claimNames(object).length > 0) resolve();
  });
  return {
    wanted,
    seen: (claim) => {
      for (const vmi of vmis.byIndex(byClaim, keyString(keyOf(claim)))) {
        if (isFinal(vmi) || isKnown(vmi, claim)) continue;
        due.add(vmi.metadata.uid);
        queue.add(keyOf(vmi), 'low');
      }
    },
    async settle(client, vmi) {
      // Before its pod is made all claims are read anyway; what changes while they are is looked at after that.
      if (!due.has(vmi.metadata.uid) || vmi.status?.volumeStatus === undefined) return false;
      // Before the write: what grows during it is another growth.
      due.delete(vmi.metadata.uid);
      try {
        return await write(client, vmi);
      } catch (error) {
        if (vmis.get(keyOf(vmi))?.metadata.uid === vmi.metadata.uid) due.add(vmi.metadata.uid);
        throw error;
      }
    },
  };
}

async function write(client: KubeClient, vmi: Vmi): Promise<boolean> {
  const names = [...new Set(claimNames(vmi))];
  const claims = await Promise.all(
    names.map((name) =>
      findObject<PersistentVolumeClaim>(client, persistentVolumeClaims, { ...namespaceOf(vmi), name }),
    ),
  );
  const volumeStatus = grownStatuses(
    vmi.status?.volumeStatus ?? [],
    claims.filter((claim) => claim !== undefined),
  );
  return writeStatus(client, virtualMachineInstances, vmi, { ...vmi.status, volumeStatus });
}

/** The same entries, with the sizes that their claims have now. */
export function grownStatuses(
  known: readonly VolumeStatus[],
  claims: readonly PersistentVolumeClaim[],
): VolumeStatus[] {
  const byName = new Map(claims.map((claim) => [claim.metadata.name, claim]));
  return known.map((entry) => {
    const info = entry.persistentVolumeClaimInfo;
    const claim = byName.get(info?.claimName ?? '');
    if (info === undefined || claim === undefined) return entry;
    return { ...entry, persistentVolumeClaimInfo: { ...info, ...sizes(claim) } };
  });
}

type Sizes = Pick<NonNullable<VolumeStatus['persistentVolumeClaimInfo']>, 'requests' | 'capacity'>;

function sizes({ spec, status }: PersistentVolumeClaim): Sizes {
  const [requests, capacity] = [spec?.resources?.requests, status?.capacity];
  return { ...(requests && { requests }), ...(capacity && { capacity }) };
}

function isKnown({ status }: Vmi, { metadata: { name }, ...claim }: PersistentVolumeClaim): boolean {
  const infos = (status?.volumeStatus ?? []).flatMap(({ persistentVolumeClaimInfo: info }) =>
    info?.claimName === name ? [info] : [],
  );
  const wanted = { requests: claim.spec?.resources?.requests ?? {}, capacity: claim.status?.capacity ?? {} };
  return (
    infos.length > 0 &&
    infos.every(({ requests = {}, capacity = {} }) => sameJson({ requests, capacity }, wanted))
  );
}
