import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vmi } from '../api/types.ts';
import { HttpError } from '../http/status.ts';
import { assertVmi } from './vmi-checks.ts';
import type { vmiChecks } from './vmi-checks.ts';

const vmi = (
  phase: string,
  devices: Vmi['spec']['domain']['devices'] = {},
  extra: Partial<Vmi['spec']> = {},
): Vmi => ({
  metadata: { name: 'v', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { domain: { devices }, ...extra },
  status: { phase },
});
const paused = (instance: Vmi): Vmi => ({
  ...instance,
  status: { ...instance.status, conditions: [{ type: 'Paused', status: 'True' }] },
});

const rows: { name: string; vmi: Vmi; subresource: keyof typeof vmiChecks; refusal?: [number, RegExp] }[] = [
  { name: 'a running VMI can be paused', vmi: vmi('Running'), subresource: 'pause' },
  {
    name: 'a paused one cannot be paused again',
    vmi: paused(vmi('Running')),
    subresource: 'pause',
    refusal: [409, /VMI is already paused/],
  },
  {
    name: 'one that does not run cannot be paused',
    vmi: vmi('Scheduled'),
    subresource: 'pause',
    refusal: [409, /VM is not running/],
  },
  {
    name: 'one whose liveness is probed over the network cannot be paused',
    vmi: vmi('Running', {}, { livenessProbe: { tcpSocket: {} } }),
    subresource: 'pause',
    refusal: [403, /non-GuestAgentPing LivenessProbe/],
  },
  { name: 'a paused VMI can be unpaused', vmi: paused(vmi('Running')), subresource: 'unpause' },
  {
    name: 'one that is not paused cannot be unpaused',
    vmi: vmi('Running'),
    subresource: 'unpause',
    refusal: [409, /VMI is not paused/],
  },
  { name: 'a console opens while running', vmi: vmi('Running'), subresource: 'console' },
  {
    name: 'no console without a serial port',
    vmi: vmi('Running', { autoattachSerialConsole: false }),
    subresource: 'console',
    refusal: [400, /No serial consoles are present\./],
  },
  {
    name: 'no console of a failed VMI',
    vmi: vmi('Failed'),
    subresource: 'console',
    refusal: [409, /VMI is in failed status/],
  },
  {
    name: 'no console before it runs',
    vmi: vmi('Scheduled'),
    subresource: 'console',
    refusal: [400, /^VMI is not running$/],
  },
  {
    name: 'no screen without graphics',
    vmi: vmi('Running', { autoattachGraphicsDevice: false }),
    subresource: 'vnc',
    refusal: [400, /No graphics devices are present\./],
  },
];

for (const row of rows) {
  test(row.name, () => {
    const { refusal } = row;
    if (refusal === undefined) {
      assertVmi(row.vmi, row.subresource);
      return;
    }
    assert.throws(
      () => assertVmi(row.vmi, row.subresource),
      (error) => error instanceof HttpError && error.status === refusal[0] && refusal[1].test(error.message),
    );
  });
}
