/** One screen that says why a VM is as it is. Pure. */
import { printableLine } from '../../support/printable.ts';
import { age } from '../age.ts';
import type { EventObject, Facts, Station } from './facts.ts';
import { stationCount, walk } from './stations.ts';

const marks: Record<Station['state'], string> = { ok: '✓', wish: '■', wait: '…', problem: '✗', unknown: '?' };
const shownEvents = 5;

/** @param now milliseconds since the epoch. */
export function whyText(facts: Facts, now: number): string {
  const stations = walk(facts);
  const last = stations.at(-1);
  const width = Math.max(...stations.map(({ name }) => name.length));
  // Launchers, guests and other users have a part in what conditions and events say.
  const lines = stations.flatMap(({ name, state, text, remedy }) => [
    `${marks[state]} ${name.padEnd(width)}  ${printableLine(text)}`,
    ...(remedy === undefined ? [] : [`  ${' '.repeat(width)}  → ${printableLine(remedy)}`]),
  ]);
  const left = stationCount - stations.length;
  return [
    headline(facts, last),
    '',
    ...lines,
    ...(left > 0 ? [`  ${left} more ${left === 1 ? 'station is' : 'stations are'} not reached`] : []),
    ...eventLines(facts.events, now),
  ].join('\n');
}

const meanings: Record<Station['state'], (place: string) => string> = {
  ok: () => 'nothing stops it',
  unknown: () => 'nothing that you may read stops it',
  wish: (place) => `at its ${place} it rests, as was asked for`,
  wait: (place) => `at its ${place} it goes on by itself`,
  problem: (place) => `its ${place} stops it`,
};

const unknown: Station = { name: '', state: 'unknown', text: '' };

function headline({ namespace, name, vm, vmi }: Facts, last = unknown): string {
  const status = vm?.status?.printableStatus ?? vmi?.status?.phase ?? 'absent';
  return `${namespace}/${name} is ${status}: ${meanings[last.state](last.name)}`;
}

function eventLines(events: readonly EventObject[], now: number): string[] {
  if (events.length === 0) return [];
  const lines = events.slice(0, shownEvents).map((event) => {
    const when = age(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, now);
    const { type = '', reason = '', message = '', involvedObject } = event;
    const what = `${type.padEnd(8)} ${involvedObject.kind ?? ''}: ${reason}: ${printableLine(message)}`;
    return `  ${when.padEnd(5)} ${what}`;
  });
  return ['', 'Latest events:', ...lines];
}
