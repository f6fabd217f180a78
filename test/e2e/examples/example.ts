/** What an example is, and what may become of it. */

export type Outcome =
  /** The guest runs; a VM is started first. */
  | { is: 'runs' }
  /** Accepted; it is there for others to use. */
  | { is: 'served' }
  /** Accepted with a warning that nothing acts on it. */
  | { is: 'warned'; says: RegExp }
  /** Accepted; what is missing stands in its conditions. */
  | { is: 'waits'; says: RegExp }
  /** Not accepted, with the reason. */
  | { is: 'refused'; says: RegExp };

export interface Example {
  name: string;
  /** What it needs of the release and the node, for people. */
  needs: string;
  objects: readonly object[];
  /** Examples that are applied before. */
  after?: readonly string[];
  outcome: Outcome;
}

export const runs: Outcome = { is: 'runs' };
export const served: Outcome = { is: 'served' };
export const waits = (says: RegExp): Outcome => ({ is: 'waits', says });
export const refused = (says: RegExp): Outcome => ({ is: 'refused', says });
export const warned = (says: RegExp): Outcome => ({ is: 'warned', says });
