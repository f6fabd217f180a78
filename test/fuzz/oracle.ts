/** What has to come of an object that admission accepts: a pod, and a domain. */
import { applyPatch } from '../../src/admission/testing.ts';
import type { JsonPatch } from '../../src/admission/json-patch.ts';
import { clusterConfig } from '../../src/api/cluster-config.ts';
import type { Vm, Vmi, VmiStatus } from '../../src/api/types.ts';
import { desiredVmi } from '../../src/controllers/vm/instance.ts';
import { desiredPod } from '../../src/controllers/vmi/pod.ts';
import type { DesiredPod } from '../../src/controllers/vmi/pod.ts';
import { contextOf } from '../../src/libvirt/testing/context.ts';
import { domainXml } from '../../src/libvirt/xml/domain.ts';
import { configuration } from './corpus.ts';
import type { HookClient, Review } from './hook-client.ts';

export interface Product {
  pod: DesiredPod;
  xml: string;
}

export interface Outcome {
  accepted: boolean;
  product?: Product;
  /** What is wrong with our answers; absent when all is as it must be. */
  finding?: string;
}

interface Paths {
  mutating: readonly string[];
  validating: readonly string[];
}

export type PathsOf = (kind: string) => Paths;

const config = {
  image: 'registry.example/monovirt:1',
  imagePullSecrets: [],
  cluster: clusterConfig(configuration),
};

const meta = {
  name: 'fuzz',
  namespace: 'default',
  uid: '11111111-2222-4333-8444-555555555555',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};

/** Sends an object through every webhook of its kind, and follows what is accepted to pod and domain. */
export async function judge(client: HookClient, pathsOf: PathsOf, object: object): Promise<Outcome> {
  const { kind } = object as { kind: string };
  const { mutating, validating } = pathsOf(kind);
  let current = object;
  for (const path of mutating) {
    const review = await client.ask(path, kind, current);
    const finding = badAnswer(path, review);
    if (finding !== undefined) return { accepted: false, finding };
    if (!review.allowed) return { accepted: false };
    current = patched(current, review);
  }
  for (const path of validating) {
    const review = await client.ask(path, kind, current);
    const finding = badAnswer(path, review);
    if (finding !== undefined || !review.allowed) {
      return { accepted: false, ...(finding !== undefined && { finding }) };
    }
  }
  return follow(client, pathsOf, current);
}

/** Never a 500; every refusal is one that a user can act on. */
function badAnswer(path: string, { status, allowed, code, causes }: Review): string | undefined {
  if (status !== 200) return `${path} answered ${status}`;
  if (allowed) return undefined;
  if (code !== 422 && code !== 400) return `${path} refused with ${code}`;
  if (causes.length === 0) return `${path} refused without a cause`;
  const mute = causes.find(({ field, message, reason }) => !field || !message || !reason);
  return mute === undefined
    ? undefined
    : `${path} refused without field, message or reason: ${JSON.stringify(mute)}`;
}

function patched(object: object, { patch }: Review): object {
  if (patch === undefined) return object;
  return applyPatch(object, JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as JsonPatch) as object;
}

async function follow(client: HookClient, pathsOf: PathsOf, object: object): Promise<Outcome> {
  const { kind } = object as { kind: string };
  try {
    if (kind === 'VirtualMachineInstance') return { accepted: true, product: productOf(object as Vmi) };
    if (kind !== 'VirtualMachine') return { accepted: true };
    const { instancetype, preference } = (object as Vm).spec;
    // Whoever made their instance from other objects is followed by tests of its own.
    if (instancetype !== undefined || preference !== undefined) return { accepted: true };
    const instance = await judge(client, pathsOf, desiredVmi({ ...(object as Vm), metadata: meta }));
    if (instance.accepted) return instance;
    return { accepted: true, finding: instance.finding ?? 'the VM is accepted and its instance is refused' };
  } catch (error) {
    return { accepted: true, finding: `accepted, but no pod or domain: ${String(error)}` };
  }
}

/** The object's own name is the API server's to judge. */
function productOf(object: Vmi): Product {
  const { annotations = {}, labels = {} } = object.metadata;
  const vmi = { ...object, metadata: { ...meta, annotations, labels }, status: blockClaims(object) };
  return { pod: desiredPod(vmi, config), xml: domainXml(vmi, contextOf(vmi, '/run/vm')) };
}

/** A LUN waits for a claim of block devices: no other claim ever gets as far as a domain. */
function blockClaims({ spec }: Vmi): VmiStatus {
  const luns = (spec.domain.devices.disks ?? []).filter(({ lun }) => lun !== undefined);
  const persistentVolumeClaimInfo = { volumeMode: 'Block' } as const;
  return { volumeStatus: luns.map(({ name }) => ({ name, target: '', persistentVolumeClaimInfo })) };
}
