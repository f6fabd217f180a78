/** What a preference demands of a VM at least. Pure. */
import type { VmiSpecManifest } from '../api/manifests.ts';
import { tryParseQuantity } from '../api/quantity.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../api/types.ts';
import { notFound } from '../api/validate/cause.ts';
import type { Cause } from '../api/validate/cause.ts';
import { preferredTopology, spreadOf } from './prefer/topology.ts';
import type { Across, CpuTopology } from './prefer/topology.ts';

export interface Demand {
  instancetype: InstancetypeSpec | undefined;
  preference: PreferenceSpec | undefined;
  /** The guest after both were applied, with its defaults filled in. */
  spec: VmiSpecManifest;
}

type Requirement = (demand: Demand, required: NonNullable<PreferenceSpec['requirements']>) => Cause[];

const inSpec = 'spec.template.spec';

export const hasCpus: Requirement = ({ instancetype, preference, spec }, { cpu }) => {
  const least = cpu?.guest ?? 0;
  if (instancetype !== undefined) {
    if (instancetype.cpu.guest >= least) return [];
    return unmet(
      ['spec.instancetype'],
      `insufficient CPU resources of ${instancetype.cpu.guest} vCPU provided by instance type, preference requires ${least} vCPU; choose a larger instancetype`,
    );
  }
  const { sockets = 1, cores = 1, threads = 1 } = spec.domain.cpu ?? {};
  const counted = countedIn(preference);
  const cpus = counted.reduce((product, name) => product * { sockets, cores, threads }[name], 1);
  if (cpus >= least) return [];
  return unmet(
    counted.map((name) => `${inSpec}.domain.cpu.${name}`),
    `insufficient CPU resources of ${cpus} vCPU provided by VirtualMachine, preference requires ${least} vCPU provided as ${providedAs(preference)}; raise ${counted.join(' or ')}`,
  );
};

type Unit = keyof CpuTopology;

const spreadUnits: Record<Across, readonly Unit[]> = {
  SocketsCores: ['sockets', 'cores'],
  CoresThreads: ['cores', 'threads'],
  SocketsCoresThreads: ['sockets', 'cores', 'threads'],
};

/** What counts is what the preference would have spread CPUs over. */
function countedIn(preference: PreferenceSpec | undefined): readonly Unit[] {
  const topology = preferredTopology(preference);
  if (topology === 'any') return ['cores', 'sockets', 'threads'];
  return topology === 'spread' ? spreadUnits[spreadOf(preference).across] : [topology];
}

function providedAs(preference: PreferenceSpec | undefined): string {
  const topology = preferredTopology(preference);
  if (topology === 'any') return 'cores, sockets and threads';
  return topology === 'spread' ? spreadOf(preference).across : topology;
}

export const hasMemory: Requirement = ({ instancetype, spec }, { memory }) => {
  const least = memory?.guest ?? '0';
  const given = spec.domain.memory?.guest ?? instancetype?.memory.guest ?? '0';
  if (sizeOf(given) >= sizeOf(least)) return [];
  const [field, by, remedy] =
    instancetype === undefined
      ? [`${inSpec}.domain.memory`, 'VirtualMachine', 'raise spec.template.spec.domain.memory.guest']
      : ['spec.instancetype', 'instance type', 'choose a larger instancetype'];
  return unmet(
    [field],
    `insufficient Memory resources of ${given} provided by ${by}, preference requires ${least}; ${remedy}`,
  );
};

/** What is no size at all is for other rules to refuse. */
const sizeOf = (text: string): bigint => tryParseQuantity(text) ?? 0n;

export const hasArchitecture: Requirement = ({ spec }, { architecture }) =>
  architecture === undefined || architecture === spec.architecture
    ? []
    : unmet(
        [`${inSpec}.architecture`],
        `preference requires architecture ${architecture} but ${spec.architecture ?? 'none'} is being requested; choose another preference or architecture`,
      );

export const requirementRules: readonly Requirement[] = [hasCpus, hasMemory, hasArchitecture];

/** All that a preference requires and the guest does not have. */
export function unmetRequirements(demand: Demand): Cause[] {
  const required = demand.preference?.requirements;
  return required === undefined ? [] : requirementRules.flatMap((rule) => rule(demand, required));
}

const unmet = (fields: readonly string[], message: string): Cause[] => [
  notFound(fields.join(', '), `failure checking preference requirements: ${message}`),
];
