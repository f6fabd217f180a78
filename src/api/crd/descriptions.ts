/** What `kubectl explain` says, in our own words. One table a group of types; loaded only where CRDs are made. */
import { cluster } from './descriptions/cluster.ts';
import { devices } from './descriptions/devices.ts';
import { domain } from './descriptions/domain.ts';
import { instancetype } from './descriptions/instancetype.ts';
import { kubevirt } from './descriptions/kubevirt.ts';
import { machines } from './descriptions/machines.ts';
import { pod } from './descriptions/pod.ts';
import { tasks } from './descriptions/tasks.ts';
import type { Descriptions } from './descriptions/type.ts';
import { volumes } from './descriptions/volumes.ts';

const tables: readonly Descriptions[] = [
  machines,
  domain,
  devices,
  volumes,
  pod,
  instancetype,
  kubevirt,
  cluster,
  tasks,
];

/** Text of a field by `Type.field`. */
export const descriptions: Readonly<Record<string, string>> = Object.fromEntries(
  tables.flatMap((table) =>
    Object.entries(table).flatMap(([type, fields]) =>
      Object.entries(fields).map(([field, text]) => [`${type}.${field}`, text]),
    ),
  ),
);
