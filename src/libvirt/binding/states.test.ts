import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeReason, domainStatus, ioErrorAction, lifecycleEvent, versionText } from './states.ts';

for (const { name, given, want } of [
  { name: 'booted', given: [1, 1], want: { state: 'running', reason: 'booted' } },
  {
    name: 'stopped before its first instruction',
    given: [3, 11],
    want: { state: 'paused', reason: 'startingUp' },
  },
  { name: 'full disk', given: [3, 5], want: { state: 'paused', reason: 'ioError' } },
  { name: 'guest powered off', given: [5, 1], want: { state: 'shutoff', reason: 'shutdown' } },
  { name: 'QEMU killed', given: [5, 3], want: { state: 'shutoff', reason: 'crashed' } },
  { name: 'QEMU did not start', given: [5, 6], want: { state: 'shutoff', reason: 'failed' } },
  { name: 'guest panicked', given: [6, 1], want: { state: 'crashed', reason: 'panicked' } },
  { name: 'a reason of a newer libvirt', given: [1, 99], want: { state: 'running', reason: 'unknown' } },
  { name: 'a state of a newer libvirt', given: [99, 0], want: { state: 'absent', reason: 'unknown' } },
] as const) {
  test(`state: ${name}`, () => assert.deepEqual(domainStatus(given[0], given[1]), want));
}

test('numbers of a newer libvirt have a name, too', () => {
  assert.equal(lifecycleEvent(5), 'stopped');
  assert.equal(lifecycleEvent(99), 'unknown');
  assert.equal(ioErrorAction(1), 'pause');
  assert.equal(ioErrorAction(99), 'report');
  assert.equal(closeReason(2), 'keepalive');
  assert.equal(closeReason(99), 'error');
});

test('versions', () => assert.equal(versionText(11_003_000), '11.3.0'));
