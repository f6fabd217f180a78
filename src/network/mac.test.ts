import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../api/cluster-config.ts';
import { specWith } from '../api/testing/vmi.ts';
import type { Vmi } from '../api/types.ts';
import { validateVmiSpec } from '../api/validate/vmi.ts';
import { normalMac } from './mac.ts';
import { networkPlan, stableMac } from './plan.ts';

const normal = '02:1a:bc:33:44:5f';

const rows: { name: string; mac: string; want: string | undefined }[] = [
  { name: 'the normal form', mac: normal, want: normal },
  { name: 'upper case', mac: '02:1A:BC:33:44:5F', want: normal },
  { name: 'dashes', mac: '02-1a-BC-33-44-5f', want: normal },
  { name: 'dots', mac: '021a.BC33.445f', want: normal },
  { name: 'two separators', mac: '02:1a-bc:33:44:5f', want: undefined },
  { name: 'no separator', mac: '021abc33445f', want: undefined },
  { name: 'dots between bytes', mac: '02.1a.bc.33.44.5f', want: undefined },
  { name: 'colons between pairs', mac: '021a:bc33:445f', want: undefined },
  { name: 'a short byte', mac: '2:1a:bc:33:44:5f', want: undefined },
  { name: 'five bytes', mac: '02:1a:bc:33:44', want: undefined },
  { name: 'eight bytes', mac: `${normal}:00:01`, want: undefined },
  { name: 'eight bytes with dots', mac: '021a.bc33.445f.0001', want: undefined },
  { name: 'no hexadecimal digit', mac: '02:1a:bc:33:44:5g', want: undefined },
  { name: 'a line behind it', mac: `${normal}\n`, want: undefined },
  { name: 'a space before it', mac: ` ${normal}`, want: undefined },
];

describe('a MAC address', () => {
  for (const { name, mac, want } of rows) test(name, () => assert.equal(normalMac(mac), want));
});

describe('a plan of an accepted VMI has the normal form', () => {
  const planned = (mac: string | undefined): string | undefined => {
    const spec = specWith({ 'domain.devices.interfaces[0].macAddress': mac });
    assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
    const vmi: Vmi = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
      spec,
    };
    return networkPlan(vmi)[0]?.mac;
  };
  for (const { name, mac, want } of rows.filter((row) => row.want !== undefined)) {
    test(name, () => assert.equal(planned(mac), want));
  }
  test('left out', () => assert.equal(planned(undefined), stableMac('u', 'default')));
  test('empty', () => assert.equal(planned(''), stableMac('u', 'default')));
});
