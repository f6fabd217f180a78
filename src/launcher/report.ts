/** The launcher's picture of its domain, as the agent gets it. */
import type { DomainReport } from './protocol.ts';

/** What is new; null takes a fact away. */
export type ReportChange = {
  [Field in Exclude<keyof DomainReport, 'sequence'>]?: DomainReport[Field] | null;
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
   * Takes what is new and tells the listeners, unless nothing is.
   * @returns the report that now holds.
   */
  change(change: ReportChange): DomainReport {
    const next = known({ ...this.#report, ...change });
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

const known = (report: object): DomainReport =>
  Object.fromEntries(
    Object.entries(report).filter(([, value]: [string, unknown]) => value !== null && value !== undefined),
  ) as unknown as DomainReport;

const sorted = (report: DomainReport): unknown[] =>
  Object.entries(report).toSorted(([left], [right]) => left.localeCompare(right));
