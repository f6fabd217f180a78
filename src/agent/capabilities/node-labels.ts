/** Labels of this node that say what guests can have on it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuManagerLabel, nodeLabelPrefixes } from '../../api/node-labels.ts';
import { capabilitiesFolder, guestFeaturesFile } from '../../launcher/layout.ts';
import type { Accelerator } from '../../launcher/layout.ts';
import type { GuestFeatures } from '../../libvirt/guest-features.ts';
import { exists } from '../../support/files.ts';

type Labels = Record<string, string>;

/** Which features become labels of which prefix. */
const kinds: readonly [keyof GuestFeatures, string][] = [
  ['cpuModels', nodeLabelPrefixes.cpuModel],
  ['cpuFeatures', nodeLabelPrefixes.cpuFeature],
  ['cpuVendor', nodeLabelPrefixes.cpuVendor],
  ['hostCpuModel', nodeLabelPrefixes.hostCpuModel],
  ['hyperv', nodeLabelPrefixes.hyperv],
  ['machineTypes', nodeLabelPrefixes.machineType],
];

/** More names than this are not libvirt's. */
const maxNames = 1000;
/** What Kubernetes takes as the name in a label. */
const labelName = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export interface LabelSources {
  /** The directory of what was probed. */
  cacheDir: string;
  /** Where the agent sees the host's device nodes. */
  deviceDir: string;
  /** The kubelet's note of how it gives processors to pods, as the agent sees it. */
  cpuManagerState: string;
}

/**
 * The labels that should be on the node now.
 * @returns undefined for what nobody knows yet: such labels stay as they are.
 */
export async function wantedLabels(sources: LabelSources): Promise<Labels | undefined> {
  const { cacheDir, deviceDir, cpuManagerState } = sources;
  const known = (accelerator: Accelerator): ReturnType<typeof readJson> =>
    readJson(join(cacheDir, capabilitiesFolder(accelerator), guestFeaturesFile));
  const withKvm = (await exists(join(deviceDir, 'kvm'))) ? await known('kvm') : undefined;
  // A node whose /dev/kvm cannot be used is one without.
  const features = withKvm ?? (await known('tcg'));
  if (features === undefined) return undefined;
  return { ...labelsOf(features), ...cpuManager(await readJson(cpuManagerState)) };
}

/** @param features as a process that is not trusted left them. */
export function labelsOf(features: Readonly<Record<string, unknown>>): Labels {
  const labels = kinds.flatMap(([kind, prefix]) => namesOf(features[kind]).map((name) => `${prefix}${name}`));
  return Object.fromEntries(labels.map((label) => [label, 'true']));
}

function namesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, maxNames)
    .filter((name): name is string => typeof name === 'string' && labelName.test(name));
}

function cpuManager(state: Readonly<Record<string, unknown>> | undefined): Labels {
  if (state === undefined) return {};
  return { [cpuManagerLabel]: String(state['policyName'] === 'static') };
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
