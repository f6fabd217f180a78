/** What is mutated, and the cluster that it is judged in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { lookupOf } from '../../src/admission/testing.ts';
import type { Lookup } from '../../src/admission/webhook.ts';
import { webhooks } from '../../src/admission/webhooks.ts';
import type { KubeVirtConfiguration } from '../../src/api/manifests.ts';
import type { KubeObject } from '../../src/api/types.ts';
import { examples } from '../e2e/examples/catalogue.ts';
import { domainCases } from '../../src/libvirt/testing/cases.ts';

const root = join(import.meta.dirname, '../..');

/** Every gate that changes what is accepted, so that what they guard is reached. */
export const configuration: KubeVirtConfiguration = {
  developerConfiguration: {
    useEmulation: true,
    featureGates: ['HostDisk', 'HostDevices', 'CPUManager', 'EnableVirtioFsStorageVolumes'],
  },
};

/** Kinds that a webhook judges when they are created, with the paths that a request goes through in order. */
export function kindsUnderReview(): Map<string, { mutating: string[]; validating: string[] }> {
  const found = new Map<string, { mutating: string[]; validating: string[] }>();
  for (const { resource, type, path, operations, subresource } of webhooks) {
    if (subresource !== undefined || !operations.includes('CREATE')) continue;
    const paths = found.get(resource.kind) ?? { mutating: [], validating: [] };
    paths[type].push(path);
    found.set(resource.kind, paths);
  }
  return found;
}

/** Manifests to begin with, by kind: samples, and every golden case as instance, VM and replica set. */
export function seeds(): Map<string, object[]> {
  const byKind = new Map<string, object[]>();
  const samples = [
    ...manifestsBelow(join(root, 'config/samples')),
    ...examples.flatMap(({ objects }) => objects),
  ];
  for (const object of samples) {
    const { kind } = object as { kind: string };
    byKind.set(kind, [...(byKind.get(kind) ?? []), object]);
  }
  for (const { vmi } of domainCases()) {
    for (const object of shapesOf(vmi.spec)) {
      byKind.set(object.kind, [...(byKind.get(object.kind) ?? []), object]);
    }
  }
  return byKind;
}

function shapesOf(spec: object): { kind: string }[] {
  const metadata = { name: 'fuzz', namespace: 'default' };
  const apiVersion = 'kubevirt.io/v1';
  const labels = { app: 'fuzz' };
  return [
    { apiVersion, kind: 'VirtualMachineInstance', metadata, spec } as { kind: string },
    {
      apiVersion,
      kind: 'VirtualMachine',
      metadata,
      spec: { runStrategy: 'Always', template: { metadata: {}, spec } },
    } as { kind: string },
    {
      apiVersion,
      kind: 'VirtualMachineInstanceReplicaSet',
      metadata,
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    } as { kind: string },
  ];
}

function manifestsBelow(folder: string): object[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/^---$/m))
    .map((text) => parse(text) as { kind?: string } | null)
    .filter((object): object is { kind: string } => object?.kind !== undefined);
}

/** A cluster with one of each that a manifest may name. */
export const cluster: Lookup = lookupOf(
  ...[...seeds().values()].flat().filter((object): object is KubeObject => {
    const { kind } = object as KubeObject;
    return kind === 'VirtualMachineClusterInstancetype' || kind === 'VirtualMachineClusterPreference';
  }),
);
