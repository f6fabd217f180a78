/** Paths of what the aggregated API does to a VM or its instance. */
import { subresourcesGroup } from '../api/constants.ts';
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import { objectPath } from '../kube/paths.ts';
import type { Key } from '../kube/types.ts';

const group = subresourcesGroup;

/** @throws MonovirtError NameInvalid for a name or namespace that would reach another path. */
export const vmPath = (key: Key, action: string): string =>
  objectPath({ ...virtualMachines, group }, key, action);

/** @throws MonovirtError NameInvalid for a name or namespace that would reach another path. */
export const vmiPath = (key: Key, action: string): string =>
  objectPath({ ...virtualMachineInstances, group }, key, action);
