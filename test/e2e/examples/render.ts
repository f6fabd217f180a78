/** What became of the examples, as a page. Pure. */
import { markdownTable } from '../../bench/stats.ts';
import type { Example } from './example.ts';

const begin = '<!-- examples: written by test/e2e/examples.test.ts -->';
const end = '<!-- end of examples -->';

/** What was seen: which outcome, and what was said. */
export interface Seen {
  is: Example['outcome']['is'];
  said: string;
}

const words: Record<Seen['is'], string> = {
  runs: 'runs',
  served: 'accepted',
  warned: 'accepted with a warning',
  waits: 'accepted, waits',
  refused: 'refused',
};

const longest = 300;

/** The table of all examples in their order. */
export function exampleTable(examples: readonly Example[], seen: ReadonlyMap<string, Seen>): string {
  const rows = examples
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, needs }) => {
      const found = seen.get(name);
      return [name, needs, found === undefined ? 'not tried' : words[found.is], cell(found?.said ?? '')];
    });
  return markdownTable(['example', 'needs', 'outcome', 'what is said'], rows);
}

/** One line without what changes from run to run. */
function cell(text: string): string {
  const line = text
    .replaceAll(/\d+\/\d+ nodes/g, 'N/N nodes')
    .replaceAll(/virt-launcher-[\w-]+/g, 'virt-launcher-…')
    .replaceAll(/\be2e-[\w-]+\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** @throws Error when the page has lost its marks. */
export function replaceExamples(page: string, table: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the marks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}
