import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/types.ts';
import { endOf, sideContainerEnd } from './pod-problems.ts';

const ended = (name: string, exitCode: number, message = ''): Pod => ({
  metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: {
    containerStatuses: [
      {
        name,
        image: 'docker.io/example/disk:1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode, reason: 'Error', message } },
      },
    ],
  },
});

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
