import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import { specWith } from '../testing/vmi.ts';
import { warningsOfEmulation } from './emulated.ts';

const emulated = { ...defaultConfig, useEmulation: true };
const spec = specWith({
  'domain.features': { hyperv: { synic: {}, relaxed: {}, ipi: { enabled: false } }, pvspinlock: {} },
  'domain.clock': { timer: { kvm: {}, rtc: {} } },
  'domain.cpu': { model: 'host-passthrough' },
});

test('what an emulated guest does without is said once', () => {
  assert.deepEqual(warningsOfEmulation(spec, 'spec', emulated), [
    'guests of this cluster are emulated (useEmulation) and go without spec.domain.features.hyperv.vpindex, ' +
      'spec.domain.features.hyperv.synic, spec.domain.features.pvspinlock, spec.domain.clock.timer.kvm',
    "spec.domain.cpu.model: emulated guests get what QEMU can emulate instead of the node's CPU",
  ]);
});

test('nothing is said where KVM runs guests, or nothing is missed', () => {
  assert.deepEqual(warningsOfEmulation(spec, 'spec', defaultConfig), []);
  assert.deepEqual(warningsOfEmulation(specWith({}), 'spec', emulated), []);
});
