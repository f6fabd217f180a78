import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import * as honouredVmi from './honoured-vmi.ts';

const rows: Row[] = [
  {
    name: 'fieldsAreHonoured: device',
    set: { 'domain.devices.clientPassthrough': {} },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.clientPassthrough',
    says: /is not supported by this release of monovirt; remove it: no client can/,
  },
  {
    name: 'fieldsAreHonoured: remedy',
    set: { 'domain.memory.maxGuest': '256Mi' },
    type: 'FieldValueNotSupported',
    field: 'domain.memory.maxGuest',
    says: /change the VM and restart it$/,
  },
  {
    name: 'fieldsAreHonoured: a field of many below one that is honoured',
    set: { 'domain.firmware': { bootloader: { efi: { secureBoot: false, persistent: true } } } },
    type: 'FieldValueNotSupported',
    field: 'domain.firmware.bootloader.efi.persistent',
    says: /each start begins with fresh variables/,
  },
  {
    name: 'fieldsAreHonoured: state that would have to last',
    set: { 'domain.devices.tpm': { persistent: true } },
    type: 'FieldValueNotSupported',
    field: 'domain.devices.tpm.persistent',
    says: /each start begins with an empty TPM/,
  },
  {
    name: 'fieldsAreHonoured: a field nobody knows',
    set: { 'domain.antigravity': 9 },
    type: 'FieldValueNotSupported',
    field: 'domain.antigravity',
  },
];

testRules(rows, honouredVmi);
