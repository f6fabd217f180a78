import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Vmi } from '../../api/types.ts';
import { leftBehindInMs } from './left-behind.ts';

const now = new Date('2026-01-01T12:00:00Z');

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function container(name: string, exitCode?: number, finishedAt?: string): Status {
  const state =
    exitCode === undefined
      ? { running: {} }
      : { terminated: { exitCode, ...(finishedAt === undefined ? {} : { finishedAt }) } };
  return { name, image: 'i', imageID: '', ready: false, restartCount: 0, state };
}

const pod = (phase: string, ...containerStatuses: Status[]): Pod => ({
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T11:00:00Z' },
  status: { phase, containerStatuses },
});

/** @param at when it ended, by the clock of whoever said so. */
const endedVmi = (at?: string, before: 'Scheduling' | 'Running' = 'Scheduling'): Vmi => ({
  metadata: { name: 'v', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T11:00:00Z' },
  spec: { domain: { devices: {} } },
  status: {
    phase: 'Failed',
    phaseTransitionTimestamps: [
      { phase: before, phaseTransitionTimestamp: '2026-01-01T11:00:00Z' },
      ...(at === undefined ? [] : [{ phase: 'Failed' as const, phaseTransitionTimestamp: at }]),
    ],
  },
});

const rows: { name: string; pod: Pod; vmi?: Vmi; inMs: number | undefined }[] = [
  {
    name: 'all containers have ended, the phase follows',
    pod: pod('Running', container('compute', 0, '2026-01-01T11:00:00Z'), container('virtiofs-a', 0)),
    inMs: undefined,
  },
  {
    name: 'a side container is just ending',
    pod: pod('Running', container('compute', 0, '2026-01-01T11:59:58Z'), container('virtiofs-a')),
    inMs: 3_000,
  },
  {
    name: 'a side container does not end',
    pod: pod('Running', container('compute', 0, '2026-01-01T11:59:50Z'), container('virtiofs-a')),
    inMs: 0,
  },
  {
    name: 'nobody says when the launcher ended',
    pod: pod('Running', container('compute', 12), container('volumea')),
    inMs: 0,
  },
  {
    name: "the node's clock is an hour ahead, the instance has just ended",
    pod: pod('Running', container('compute', 0, '2026-01-01T13:00:00Z'), container('virtiofs-a')),
    vmi: endedVmi('2026-01-01T11:59:58Z'),
    inMs: 3_000,
  },
  {
    name: "the node's clock is an hour ahead, the instance ended a while ago",
    pod: pod('Running', container('compute', 0, '2026-01-01T13:00:00Z'), container('virtiofs-a')),
    vmi: endedVmi('2026-01-01T11:59:50Z'),
    inMs: 0,
  },
  {
    name: 'the clock that is ahead is also the one of the agent that told of the end',
    pod: pod('Running', container('compute', 0, '2026-01-01T13:00:00Z'), container('virtiofs-a')),
    vmi: endedVmi('2026-01-01T13:00:01Z'),
    inMs: 0,
  },
  {
    name: 'the launcher waits for a side container that is no more',
    pod: pod('Running', container('compute'), container('virtiofs-a', 1)),
    inMs: 0,
  },
  {
    name: 'the launcher waits for a side container that ended well',
    pod: pod('Running', container('compute'), container('volumea', 0, '2026-01-01T11:59:50Z')),
    inMs: 0,
  },
  {
    name: 'the launcher tidies up after its guest, of which file systems ended first',
    pod: pod('Running', container('compute'), container('virtiofs-a', 0, '2026-01-01T11:59:50Z')),
    vmi: endedVmi('2026-01-01T11:59:50Z', 'Running'),
    inMs: undefined,
  },
  { name: 'all run', pod: pod('Running', container('compute'), container('volumea')), inMs: undefined },
  { name: 'over', pod: pod('Succeeded', container('compute', 0)), inMs: undefined },
];

for (const row of rows) {
  test(`left behind: ${row.name}`, () =>
    assert.equal(leftBehindInMs(row.vmi ?? endedVmi(), row.pod, now), row.inMs));
}
