/** What the parts of an informer share. */
import type { Resource } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import type { BackoffOptions } from './backoff.ts';
import { connectionBackoff } from './backoff.ts';
import type { ApiClient } from './client.ts';
import type { Prepare } from './prepare.ts';
import type { Store } from './store.ts';
import type { Selection } from './types.ts';

export interface InformerTuning {
  /** A watch is asked to last a random time between these; all watches of all replicas end apart. */
  watchSeconds: readonly [number, number];
  /** How much longer than asked a silent watch may last before its connection is taken for dead. */
  idleGraceMs: number;
  /** Objects per page of a list. */
  pageSize: number;
  /** Try to get the first state through the watch. */
  watchList: boolean;
  /** How long the mark that ends the initial events may take. */
  watchListTimeoutMs: number;
  backoff: BackoffOptions;
}

export const defaultTuning: InformerTuning = {
  watchSeconds: [300, 600],
  idleGraceMs: 30_000,
  pageSize: 500,
  watchList: true,
  watchListTimeoutMs: 20_000,
  backoff: connectionBackoff,
};

export interface FollowContext<T extends KubeObject> {
  client: ApiClient;
  resource: Resource;
  selection: Selection;
  store: Store<T>;
  prepare: Prepare<T>;
  tuning: InformerTuning;
  onSynced: () => void;
  onActivity: () => void;
  onFact: (fact: string, error?: unknown) => void;
}

/** What connections leave behind for the next one. */
export interface Progress {
  /** Version to watch from; absent until the state is known. */
  version: string | undefined;
  /** Events of the present connection. */
  events: number;
  /** Whether the server may be asked to begin a watch with the present state. */
  watchList: boolean;
}
