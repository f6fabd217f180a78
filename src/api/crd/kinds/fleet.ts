/** Kinds about many virtual machines: pools and migration policies. */
import { migrationPolicies, pools } from '../../kinds.ts';
import { replicaColumns } from '../declaration.ts';
import type { Declaration } from '../declaration.ts';

export const fleetKinds: readonly Declaration[] = [
  {
    resource: pools,
    description: 'A number of virtual machines that are alike, with numbered names.',
    versions: [{ name: 'v1alpha1' }, { name: 'v1beta1', stored: true }],
    shortNames: ['vmpool', 'vmpools'],
    status: true,
    scale: true,
    columns: replicaColumns('virtual machines'),
  },
  {
    resource: migrationPolicies,
    description: 'How guests of chosen namespaces and labels are moved between nodes.',
    versions: [{ name: 'v1alpha1', stored: true }],
    shortNames: [],
    inAll: false,
    status: true,
    columns: [],
  },
];
