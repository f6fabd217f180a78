/** Numbers as reports quote them. Pure. */

export interface Spread {
  min: number;
  median: number;
  p95: number;
  max: number;
  count: number;
}

/** @throws RangeError for no values: a figure without a measurement must not look like one. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (fraction: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
    if (value === undefined) throw new RangeError('no values were measured');
    return value;
  };
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1), count: sorted.length };
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** A Markdown table. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
