import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import { specWith } from '../testing/vmi.ts';
import * as devices from './devices.ts';
import { validateVmiSpec } from './vmi.ts';

const at = 'domain.devices';

const rows: Row[] = [
  {
    name: 'inputBusIsKnown',
    set: { [`${at}.inputs`]: [{ name: 'a', type: 'tablet', bus: 'ps2' }] },
    field: `${at}.inputs[0].bus`,
    says: /Input device can have only virtio or usb bus\./,
  },
  {
    name: 'inputIsATablet',
    set: { [`${at}.inputs`]: [{ name: 'a', type: 'mouse' }] },
    field: `${at}.inputs[0].type`,
    says: /Input device can have only tablet type\./,
  },
  {
    name: 'inputNamesDiffer',
    set: {
      [`${at}.inputs`]: [
        { name: 'a', type: 'tablet' },
        { name: 'a', type: 'tablet' },
      ],
    },
    type: 'FieldValueDuplicate',
    field: `${at}.inputs[1].name`,
  },
  {
    name: 'watchdogActionIsKnown',
    set: { [`${at}.watchdog`]: { name: 'w', i6300esb: { action: 'bark' } } },
    type: 'FieldValueNotSupported',
    field: `${at}.watchdog.i6300esb.action`,
  },
  {
    name: 'watchdogIsOfAPc',
    set: { [`${at}.watchdog`]: { name: 'w', diag288: { action: 'reset' } } },
    type: 'FieldValueNotSupported',
    field: `${at}.watchdog`,
    says: /amd64 only supports I6300ESB watchdog device/,
  },
  {
    name: 'videoTypeFitsArchitecture: PC',
    set: { [`${at}.video`]: { type: 'qxl' } },
    type: 'FieldValueNotSupported',
    field: `${at}.video.type`,
    says: /video model 'qxl' is not supported on amd64 architecture; use one of: vga, cirrus/,
  },
  {
    name: 'videoTypeFitsArchitecture: Arm',
    set: { architecture: 'arm64', [`${at}.video`]: { type: 'vga' } },
    type: 'FieldValueNotSupported',
    field: `${at}.video.type`,
    says: /video model 'vga' is not supported on arm64 architecture/,
  },
  {
    name: 'videoHasAScreen',
    set: { [`${at}.video`]: { type: 'vga' }, [`${at}.autoattachGraphicsDevice`]: false },
    field: 'video',
    says: /Video configuration is not allowed when autoattachGraphicsDevice is set to false/,
  },
  {
    name: 'soundModelIsKnown',
    set: { [`${at}.sound`]: { name: 's', model: 'sb16' } },
    field: 'Sound',
    says: /Sound device type is not supported\. Options: 'ich9' or 'ac97'/,
  },
  {
    name: 'soundHasAName',
    set: { [`${at}.sound`]: { name: '' } },
    field: 'Sound',
    says: /Sound device requires a name field\./,
  },
  {
    name: 'panicModelIsKnown',
    set: { [`${at}.panicDevices`]: [{}, { model: 'siren' }] },
    field: `${at}.panicDevices[1].model`,
    says: /invalid PanicDeviceModel\(siren\)/,
  },
  {
    name: 'panicModelsDiffer: stated',
    set: { [`${at}.panicDevices`]: [{ model: 'hyperv' }, { model: 'hyperv' }] },
    type: 'FieldValueDuplicate',
    field: `${at}.panicDevices[1].model`,
  },
  {
    name: 'panicModelsDiffer: understood',
    set: { [`${at}.panicDevices`]: [{}, { model: 'isa' }] },
    type: 'FieldValueDuplicate',
    field: `${at}.panicDevices[1].model`,
  },
  {
    name: 'firmwareHasItsSerialPort',
    set: {
      'domain.firmware': { bootloader: { bios: { useSerial: true } } },
      [`${at}.autoattachSerialConsole`]: false,
    },
    field: 'domain.firmware.bootloader.bios.useSerial',
  },
  {
    name: 'panicFitsArchitecture',
    set: { architecture: 's390x', [`${at}.panicDevices`]: [{}] },
    field: `${at}.panicDevices`,
    says: /custom panic devices are not supported on s390x architecture/,
  },
  {
    name: 'armPanicIsPvpanic',
    set: { architecture: 'arm64', [`${at}.panicDevices`]: [{ model: 'isa' }] },
    type: 'FieldValueNotSupported',
    field: `${at}.panicDevices[0].model`,
  },
  {
    name: 'vsockGateIsOpen',
    set: { [`${at}.autoattachVSOCK`]: true },
    field: `${at}.autoattachVSOCK`,
    says: /VSOCK feature gate is not enabled in kubevirt-config/,
  },
  {
    name: 'downwardMetricsGateIsOpen',
    set: { [`${at}.downwardMetrics`]: {} },
    field: `${at}.downwardMetrics`,
    says: /DownwardMetrics feature gate is not enabled/,
  },
  {
    name: 'virtiofsGateIsOpen',
    set: {
      [`${at}.filesystems`]: [{ name: 'root', virtiofs: {} }],
      'volumes[0]': { name: 'root', persistentVolumeClaim: { claimName: 'c' } },
    },
    field: `${at}.filesystems`,
    says: /EnableVirtioFsStorageVolumes feature gate is not enabled/,
  },
];

testRules(rows, devices);

const accepted: { name: string; set: Record<string, unknown> }[] = [
  { name: 'TPM', set: { tpm: {} } },
  { name: 'TPM that is off', set: { tpm: { enabled: false } } },
  { name: 'sound', set: { sound: { name: 'speaker' } } },
  ...['vga', 'cirrus', 'virtio', 'ramfb', 'bochs'].map((type) => ({
    name: `video ${type}`,
    set: { video: { type } },
  })),
  ...['hyperv', 'isa', 'pvpanic'].map((model) => ({
    name: `panic ${model}`,
    set: { panicDevices: [{ model }] },
  })),
  { name: 'watchdog of which only the name is given', set: { watchdog: { name: 'dog' } } },
  { name: 'a pointer by itself', set: { autoattachInputDevice: true } },
  { name: 'several queues of disks', set: { blockMultiQueue: true } },
  { name: 'no log of the console', set: { logSerialConsole: false } },
  { name: 'nothing at all', set: { autoattachSerialConsole: false, autoattachMemBalloon: false } },
];

for (const { name, set } of accepted) {
  test(`accepted: ${name}`, () => {
    const fields = Object.fromEntries(Object.entries(set).map(([key, value]) => [`${at}.${key}`, value]));
    const spec = specWith(fields);
    assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
  });
}

test('a pointer is added once, and only where none is described', () => {
  const added = specWith({ [`${at}.autoattachInputDevice`]: true });
  assert.deepEqual(added.domain.devices.inputs, [{ name: 'default-0', bus: 'usb', type: 'tablet' }]);
  const own = [{ name: 'mine', bus: 'virtio', type: 'tablet' }];
  const kept = specWith({ [`${at}.autoattachInputDevice`]: true, [`${at}.inputs`]: own });
  assert.deepEqual(kept.domain.devices.inputs, own);
  assert.equal(specWith({}).domain.devices.inputs, undefined);
});
