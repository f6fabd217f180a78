/** Plain text tables in kubectl's manner: columns padded with three blanks, nothing cut. */
import { printableLine } from '../support/printable.ts';

/** Cells may come from anybody. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows.map((row) => row.map(printableLine))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
      .join('')
      .trimEnd();
  return all.map(line).join('\n');
}
