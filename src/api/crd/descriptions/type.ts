/** Texts by type and field. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;
