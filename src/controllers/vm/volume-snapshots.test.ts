import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Volume } from '../../api/types.ts';
import { template, vm } from './testing/build.ts';
import { volumeSnapshotStatuses } from './volume-snapshots.ts';

const withVolumes = (...volumes: Volume[]) => vm(template({ spec: { domain: { devices: {} }, volumes } }));

for (const row of [
  { name: 'no volumes', vm: withVolumes(), want: undefined },
  {
    name: 'a container disk',
    vm: withVolumes({ name: 'c', containerDisk: { image: 'i' } }),
    want: /^Snapshot is not supported for this volumeSource type \[c\]$/,
  },
  {
    name: 'a claim',
    vm: withVolumes({ name: 'p', persistentVolumeClaim: { claimName: 'data' } }),
    want: /snapshot PersistentVolumeClaim data \[p\]$/,
  },
  {
    name: 'a DataVolume',
    vm: withVolumes({ name: 'd', dataVolume: { name: 'data' } }),
    want: /snapshot PersistentVolumeClaim data \[d\]$/,
  },
]) {
  test(`snapshots of ${row.name}`, () => {
    const [status] = volumeSnapshotStatuses(row.vm) ?? [];
    if (row.want === undefined) {
      assert.equal(status, undefined);
      return;
    }
    assert.equal(status?.enabled, false);
    assert.match(status?.reason ?? '', row.want);
  });
}
