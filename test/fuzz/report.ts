/** Figures of a fuzz run as text. Pure. */
import { markdownTable, mebibytes, spread } from '../bench/stats.ts';

export interface Memory {
  /** Objects so far. */
  done: number;
  heapBytes: number;
  rssBytes: number;
}

export interface FuzzFigures {
  count: number;
  seed: number;
  /** Of each review, inside the process. */
  milliseconds: readonly number[];
  memory: readonly Memory[];
  accepted: ReadonlyMap<string, { accepted: number; all: number }>;
  /** Different domains that libvirt's schema was asked about. */
  domains: number;
  /** Different pods that the API server was asked about. */
  pods: number;
}

const begin = '<!-- fuzz: written by make fuzz -->';
const end = '<!-- end of fuzz -->';

/** Puts new figures in the place of old ones. @throws Error when the page has lost its marks. */
export function replaceFuzzFigures(page: string, figures: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the marks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${figures}\n\n${page.slice(to)}`;
}

export function fuzzReport(figures: FuzzFigures): string {
  const { count, seed, milliseconds, memory, accepted, domains, pods } = figures;
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2)} ms`;
  const { max } = spread(sorted);
  return [
    `${count} objects (seed ${seed}), ${sorted.length} reviews: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, ` +
      `longest ${max.toFixed(1)} ms in the process. ${domains} different domains passed libvirt's schema, ${pods} ` +
      `different pods the API server.`,
    markdownTable(
      ['kind', 'objects', 'accepted'],
      [...accepted]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([kind, tally]) => [kind, String(tally.all), String(tally.accepted)]),
    ),
    markdownTable(
      ['objects so far', 'heap after a collection', 'RSS'],
      memory.map(({ done, heapBytes, rssBytes }) => [
        String(done),
        mebibytes(heapBytes),
        mebibytes(rssBytes),
      ]),
    ),
  ].join('\n\n');
}
