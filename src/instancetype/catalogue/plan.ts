/** What the cluster's part of the catalogue needs. Pure. */
import type { KubeObject, KubeVirt } from '../../api/types.ts';
import { managedLabel, managedValue } from '../../install/installation.ts';
import { digestLabel } from './objects.ts';
import type { CatalogueObject } from './objects.ts';

export interface CataloguePlan {
  apply: readonly CatalogueObject[];
  remove: readonly KubeObject[];
}

/** KubeVirt's switch: on unless it is off. A cluster without a KubeVirt object gets nothing. */
export function wantsCatalogue(kubeVirt: KubeVirt | undefined): boolean {
  if (kubeVirt === undefined || kubeVirt.metadata.deletionTimestamp !== undefined) return false;
  const { configuration } = kubeVirt.spec as {
    configuration?: { commonInstancetypesDeployment?: { enabled?: boolean } };
  };
  return configuration?.commonInstancetypesDeployment?.enabled !== false;
}

/**
 * Compares digests alone. What others have made under a name of the catalogue is theirs; what an installation of
 * KubeVirt left behind is taken over.
 * @param entries of one kind; what the cluster has under other names is not ours to delete, nor may we
 */
export function planCatalogue(
  entries: readonly CatalogueObject[],
  wanted: boolean,
  live: readonly KubeObject[],
): CataloguePlan {
  const found = new Map(live.map((object) => [object.metadata.name, object]));
  if (wanted) {
    const apply = entries.filter(({ object }) => isOutdated(object, found.get(object.metadata.name)));
    return { apply, remove: [] };
  }
  const there = entries.flatMap(({ object }) => found.get(object.metadata.name) ?? []);
  return { apply: [], remove: there.filter((object) => digestOf(object) !== undefined) };
}

function isOutdated(wanted: CatalogueObject['object'], live: KubeObject | undefined): boolean {
  if (live === undefined) return true;
  const { labels = {} } = live.metadata;
  const ours = digestOf(live) !== undefined || labels[managedLabel] === managedValue;
  return ours && digestOf(live) !== wanted.metadata.labels[digestLabel];
}

const digestOf = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[digestLabel];
