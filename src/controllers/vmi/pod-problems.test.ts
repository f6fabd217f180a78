import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/types.ts';
import { endOf, endsEarlyInMs, sideContainerEnd, startProblem } from './pod-problems.ts';

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const inState = (name: string, state: Status['state']): Pod => ({
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: {
    containerStatuses: [
      {
        name,
        image: 'docker.io/example/disk:1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state,
      },
    ],
  },
});

const ended = (name: string, exitCode: number, message = ''): Pod =>
  inState(name, { terminated: { exitCode, reason: 'Error', message } });

const rows: { name: string; pod: Pod; reason?: string; says?: RegExp }[] = [
  {
    name: 'the image of a disk',
    pod: ended('volumeroot', 1),
    reason: 'ContainerDiskEnded',
    says: /^volume "root": the container of image "docker\.io\/example\/disk:1" ended with code 1/,
  },
  {
    name: 'what shares a volume, with its own last words',
    pod: ended('virtiofs-data', 1, 'Error opening shared dir: Permission denied'),
    reason: 'VirtiofsEnded',
    says: /^volume "data": virtiofsd, .* code 1 \(Error\); start .* Permission denied$/,
  },
  {
    name: 'the sidecar of a plug-in',
    pod: ended('hook-sidecar-0', 2),
    reason: 'SidecarEnded',
    says: /^network binding plug-in's sidecar hook-sidecar-0: .* ended with code 2 \(Error\) before the guest ran; (?!.*readable)/,
  },
  {
    name: "what logs the guest's console",
    pod: ended('guest-console-log', 1),
    reason: 'SidecarEnded',
    says: /^container guest-console-log: .* before the guest ran; (?!.*readable)/,
  },
  {
    name: 'one that another program added',
    pod: ended('mesh', 1),
    reason: 'SidecarEnded',
    says: /^container mesh: /,
  },
  {
    name: 'the image of kernel and initrd',
    pod: ended('kernel-boot-volume', 1),
    reason: 'ContainerDiskEnded',
    says: /^kernel boot container: .* readable by user 107/,
  },
  { name: 'what shared a volume until its guest ended', pod: ended('virtiofs-data', 0) },
  { name: 'the image of a disk that its launcher dismissed', pod: ended('volumeroot', 0) },
  { name: 'the launcher, of which others tell', pod: ended('compute', 1) },
];

for (const { name, pod, reason, says } of rows) {
  test(`a container that ended: ${name}`, () => {
    const found = sideContainerEnd(pod);
    assert.equal(found?.reason, reason);
    if (says !== undefined) assert.match(found?.message ?? '', says);
  });
}

for (const { container, subject } of [
  { container: 'compute', subject: 'launcher' },
  { container: 'volumeroot', subject: 'volume "root"' },
  { container: 'virtiofs-data', subject: 'volume "data"' },
  { container: 'kernel-boot-volume', subject: 'kernel boot container' },
  { container: 'guest-console-log', subject: 'container guest-console-log' },
  { container: 'hook-sidecar-1', subject: "network binding plug-in's sidecar hook-sidecar-1" },
]) {
  test(`an image that cannot be pulled: ${subject}`, () => {
    const found = startProblem(inState(container, { waiting: { reason: 'ErrImagePull' } }));
    assert.equal(found?.message.split(': image ')[0], subject);
  });
}

const now = new Date('2026-01-01T12:00:00Z');

for (const { name, exitCode = 0, finishedAt, inMs } of [
  { name: 'just now', finishedAt: '2026-01-01T11:59:58Z', inMs: 3_000 },
  { name: 'a while ago', finishedAt: '2026-01-01T11:59:50Z', inMs: 0 },
  { name: 'by a clock that is a little ahead', finishedAt: '2026-01-01T12:00:02Z', inMs: 7_000 },
  { name: 'by a clock that is wrong', finishedAt: '2026-01-01T13:00:00Z', inMs: 0 },
  { name: 'nobody says when', finishedAt: undefined, inMs: 0 },
  { name: 'with an error', exitCode: 1, finishedAt: '2026-01-01T11:59:58Z', inMs: 0 },
]) {
  test(`a side container that ended before the guest ran, ${name}`, () => {
    const terminated = { exitCode, ...(finishedAt === undefined ? {} : { finishedAt }) };
    assert.equal(endsEarlyInMs(inState('volumeroot', { terminated }), now), inMs);
    assert.equal(endsEarlyInMs(inState('compute', { terminated }), now), undefined);
  });
}

for (const { name, message, says } of [
  {
    name: 'a cause',
    message: '{"reason":"VolumeNotUsable","message":"volume data: it is a link"}\n',
    says: /ended with code 12; VolumeNotUsable: volume data: it is a link$/,
  },
  { name: 'lines of a log', message: 'one\ntwo\n', says: /ended with code 12; one\ntwo$/ },
  { name: 'JSON of another kind', message: '{"reason":1}', says: /ended with code 12; \{"reason":1\}$/ },
  { name: 'nothing', message: '', says: /ended with code 12$/ },
]) {
  test(`a launcher that ended before the guest ran left ${name}`, () =>
    assert.match(endOf(ended('compute', 12, message)).message, says));
}
