/** What a guest's machine needs of a node, said so that the scheduler's message names it. Pure. */
import { hypervOfKernel, isOn } from '../../api/hyperv.ts';
import { cpuManagerLabel, nodeLabelPrefixes } from '../../api/node-labels.ts';
import type { VmiSpec } from '../../api/types.ts';

/** Models that every node has, whatever they are there. */
const ofTheHost = new Set(['', 'host-model', 'host-passthrough', 'maximum']);

/** Types that are another name of the newest; every node has one. */
const aliases = new Set(['', 'q35', 'pc', 'virt']);

/** Whose processors have the last of the enlightenments. */
const vendorOfEvmcs = 'Intel';

/**
 * Node selectors of a guest.
 * @param emulation QEMU translates: all nodes can do the same then, whatever their processors can.
 */
export function machineRequirements(spec: VmiSpec, emulation: boolean): Record<string, string> {
  const labels = [
    ...(spec.domain.cpu?.dedicatedCpuPlacement === true ? [cpuManagerLabel] : []),
    ...machine(spec),
    ...(emulation ? [] : [...cpu(spec), ...enlightenments(spec)]),
  ];
  return Object.fromEntries(labels.map((label) => [label, 'true']));
}

function machine({ domain }: VmiSpec): string[] {
  const type = domain.machine?.type ?? '';
  return aliases.has(type) ? [] : [`${nodeLabelPrefixes.machineType}${type}`];
}

function cpu({ domain }: VmiSpec): string[] {
  const { model = '', features = [] } = domain.cpu ?? {};
  const required = features.filter(({ policy }) => !policy || policy === 'require');
  return [
    ...(ofTheHost.has(model) ? [] : [`${nodeLabelPrefixes.cpuModel}${model}`]),
    ...required.map(({ name }) => `${nodeLabelPrefixes.cpuFeature}${name}`),
  ];
}

function enlightenments({ domain }: VmiSpec): string[] {
  const hyperv = domain.features?.hyperv ?? {};
  const wanted = hypervOfKernel.filter((name) => isOn(hyperv[name]));
  return [
    ...wanted.map((name) => `${nodeLabelPrefixes.hyperv}${name}`),
    ...(isOn(hyperv.evmcs) ? [`${nodeLabelPrefixes.cpuVendor}${vendorOfEvmcs}`] : []),
  ];
}
