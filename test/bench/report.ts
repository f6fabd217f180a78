/** Figures as text. Pure. */
import type { Timings } from './latency.ts';
import { total } from './memory.ts';
import type { ProcessMemory } from './memory.ts';
import { markdownTable, mebibytes, seconds, spread } from './stats.ts';

export interface Figures {
  machine: string;
  repeats: number;
  one: { pod: Timings; paused: Timings; booting: Timings; disks: Timings };
  ten: { pod: Timings; paused: Timings; disks: Timings };
  /** Requests a VMI by verb and resource. */
  requests: [string, number][];
  /** Events a VMI by who told them. */
  events: [string, number][];
  memory: { one: ProcessMemory[]; ten: ProcessMemory[]; disks: ProcessMemory[] };
}

const begin = '<!-- figures: written by make bench -->';
const end = '<!-- end of figures -->';

/** Puts new figures in the place of old ones. @throws Error when the page has lost its marks. */
export function replaceFigures(page: string, figures: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks the marks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${figures}\n\n${page.slice(to)}`;
}

/** The whole report in Markdown. */
export function report(figures: Figures): string {
  return [
    `Measured on ${figures.machine}; ${figures.repeats} rounds.`,
    latencyTable(figures),
    `One VMI takes ${ratio(figures.one.paused, figures.one.pod)} times a bare pod to Running; of ten at once the ` +
      `median VMI takes ${tenRatio(figures)} times the last bare pod.`,
    requestTable(figures),
    memoryTable('the sample VM and one more', figures.memory.one),
    memoryTable('the sample VM and ten more', figures.memory.ten),
    memoryTable('the sample VM and ten more with two disks each', figures.memory.disks),
  ].join('\n\n');
}

function latencyTable({ one, ten }: Figures): string {
  const row = (name: string, values: readonly number[]): string[] => {
    const { min, median, p95, max } = spread(values);
    return [name, seconds(min), seconds(median), seconds(p95), seconds(max)];
  };
  return markdownTable(
    ['from request to state', 'min', 'median', 'p95', 'max'],
    [
      row('bare pod → Running', one.pod.running),
      row('VMI, paused start → Running', one.paused.running),
      row('VMI, booting → Running', one.booting.running),
      row('VMI with NIC and two disks, paused → Running', one.disks.running),
      row('ten bare pods at once → Running', ten.pod.running),
      row('ten VMIs at once, paused → Running', ten.paused.running),
      row('ten with NIC and two disks at once, paused → Running', ten.disks.running),
      row('delete bare pod → gone', one.pod.gone),
      row('delete VMI, paused → gone', one.paused.gone),
      row('delete VMI, booting → gone', one.booting.gone),
      row('delete VMI with two disks, paused → gone', one.disks.gone),
      row('delete ten VMIs → gone', ten.paused.gone),
      row('delete ten with two disks → gone', ten.disks.gone),
    ],
  );
}

const ratio = (a: Timings, b: Timings): string =>
  (spread(a.running).median / spread(b.running).median).toFixed(2);

const tenRatio = ({ ten }: Figures): string =>
  (spread(ten.paused.running).median / spread(ten.pod.running).max).toFixed(2);

function requestTable({ requests, events }: Figures): string {
  const isEvent = ([key]: readonly [string, number]): boolean => / events/.test(key);
  const sum = (rows: readonly (readonly [string, number])[]): string =>
    rows.reduce((left, [, count]) => left + count, 0).toFixed(1);
  return markdownTable(
    ['API requests a VMI, create to gone', 'count'],
    [
      ...requests.map(([key, count]) => [key, count.toFixed(1)]),
      ['**all but events**', sum(requests.filter((row) => !isEvent(row)))],
      ['**events**', sum(requests.filter(isEvent))],
      ...events.map(([who, count]) => [`of them told by ${who}`, count.toFixed(1)]),
    ],
  );
}

/** Kinds of processes, by what their command lines show. */
const kinds: readonly [string, RegExp][] = [
  ['controller', /--role controller/],
  ['node agent', /--role node-agent/],
  ['launcher', /--role launcher/],
  ['libvirtd', /libvirtd/],
  ['QEMU, with guest memory', /qemu-system/],
  ['hold', /\/hold /],
];

function memoryTable(title: string, processes: readonly ProcessMemory[]): string {
  const rows = kinds.map(([kind, pattern]) => {
    const found = processes.filter((process) => pattern.test(process.command));
    return [kind, String(found.length), ...average(found, found.length)];
  });
  const beside = processes.filter((process) => /--role launcher|libvirtd|\/hold /.test(process.command));
  const vms = processes.filter((process) => /--role launcher/.test(process.command)).length;
  return markdownTable(
    [`memory a process, ${title}`, 'processes', 'RSS', 'PSS', 'private'],
    [...rows, ['**a VM beside QEMU**', String(vms), ...average(beside, vms)]],
  );
}

function average(processes: readonly ProcessMemory[], count: number): string[] {
  const { rss, pss, private: own } = total(processes);
  return [rss, pss, own].map((bytes) => mebibytes(count === 0 ? 0 : bytes / count));
}
