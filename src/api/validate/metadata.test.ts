import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationsAreHonoured } from './metadata.ts';

describe('annotationsAreHonoured', () => {
  const rows: { name: string; value: string; refused: boolean }[] = [
    { name: 'hooks.kubevirt.io/hookSidecars', value: '[]', refused: true },
    { name: 'kubevirt.io/ignitiondata', value: '{}', refused: true },
    { name: 'kubevirt.io/placePCIDevicesOnRootComplex', value: 'true', refused: true },
    { name: 'kubevirt.io/placePCIDevicesOnRootComplex', value: 'false', refused: false },
    { name: 'kubevirt.io/libvirt-log-filters', value: '3:remote', refused: true },
    { name: 'kubevirt.io/keep-launcher-alive-after-failure', value: 'true', refused: true },
    { name: 'kubevirt.io/keep-launcher-alive-after-failure', value: '', refused: false },
    { name: 'kubevirt.io/disablePCIHole64', value: 'true', refused: false },
    { name: 'kubevirt.io/free-page-reporting-disabled', value: 'true', refused: false },
  ];
  for (const { name, value, refused } of rows) {
    test(`${name}: '${value}' is ${refused ? 'refused' : 'accepted'}`, () => {
      const metadata = { annotations: { [name]: value } };
      const causes = annotationsAreHonoured({ metadata, path: 'metadata', trusted: false });
      assert.deepEqual(
        causes.map(({ field }) => field),
        refused ? ['metadata.annotations'] : [],
      );
      assert.ok(causes.every(({ message }) => message.includes(name)));
    });
  }
});
