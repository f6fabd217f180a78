/** The launcher's picture of its domain, as the agent gets it. */
import type { DomainReport } from './protocol.ts';

export type ReportChange = Partial<Omit<DomainReport, 'sequence' | 'failure'>> & {
  failure?: DomainReport['failure'] | null;
};
export type ReportListener = (report: DomainReport) => void;

export class ReportBoard {
  readonly #listeners = new Set<ReportListener>();
  #report: DomainReport = { state: 'absent', reason: 'unknown', sequence: 0, interfaces: [] };

  /** The latest report. */
  get current(): DomainReport {
    return this.#report;
  }

  /**
   * Takes what is new (`failure: null` clears one) and tells the listeners, unless nothing is.
   * @returns the report that now holds.
   */
  change(change: ReportChange): DomainReport {
    const { failure, ...rest } = change;
    const { failure: oldFailure, ...old } = this.#report;
    const newFailure = failure === undefined ? oldFailure : (failure ?? undefined);
    const next = { ...old, ...rest, ...(newFailure === undefined ? {} : { failure: newFailure }) };
    if (JSON.stringify(sorted(next)) === JSON.stringify(sorted(this.#report))) return this.#report;
    this.#report = { ...next, sequence: this.#report.sequence + 1 };
    for (const listener of this.#listeners) listener(this.#report);
    return this.#report;
  }

  /** @returns a function that ends it. */
  subscribe(listener: ReportListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

const sorted = (report: DomainReport): unknown[] =>
  Object.entries(report).toSorted(([left], [right]) => left.localeCompare(right));
