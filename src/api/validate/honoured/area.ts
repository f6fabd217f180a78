/** One area of a VMI's spec: which fields this release honours, and what to do without the others. */
export interface Area {
  /** Paths below the spec, apart by white space, as `honoured` reads them. */
  readonly paths: string;
  /** What to do instead, by path without indexes. */
  readonly remedies: Readonly<Record<string, string>>;
}
