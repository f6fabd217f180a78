/** KubeVirt's hook protocol: what a sidecar is asked and answers. Pure. */
import { MessageWriter, readFields } from '../../grpc/protobuf.ts';
import type { Field } from '../../grpc/protobuf.ts';
import { MonovirtError } from '../../support/errors.ts';

export const hookPoints = ['OnDefineDomain', 'PreCloudInitIso', 'Shutdown'] as const;
export type HookPoint = (typeof hookPoints)[number];

/** Versions of the callbacks, newest first, with the hook points that each has. */
export const versions: Readonly<Record<string, readonly HookPoint[]>> = {
  v1alpha3: ['OnDefineDomain', 'PreCloudInitIso', 'Shutdown'],
  v1alpha2: ['OnDefineDomain', 'PreCloudInitIso'],
  v1alpha1: ['OnDefineDomain'],
};

export const infoMethod = '/kubevirt.hooks.info.Info/Info';
export const callback = (version: string, point: HookPoint): string =>
  `/kubevirt.hooks.${version}.Callbacks/${point}`;

/** What a sidecar says of itself. */
export interface SidecarInfo {
  name: string;
  versions: string[];
  /** What it wants to be asked, with its rank among others. */
  points: { name: string; priority: number }[];
}

/** Names and lists that a sidecar may send; each real one has a handful. */
const maxEntries = 32;
const maxText = 256;

/** @throws MonovirtError `MalformedMessage`. */
export function decodeInfo(message: Buffer): SidecarInfo {
  const fields = readFields(message);
  const points = fields.filter(({ number }) => number === 3).slice(0, maxEntries);
  return {
    name: text(fields.find(({ number }) => number === 1)),
    versions: fields
      .filter(({ number }) => number === 4)
      .slice(0, maxEntries)
      .map(text),
    points: points.map(({ value }) => {
      const point = readFields(bytesOf(value));
      const priority = point.find(({ number }) => number === 2)?.value;
      return {
        name: text(point.find(({ number }) => number === 1)),
        // An int32 below zero comes as 64 bits.
        priority: typeof priority === 'bigint' ? Number(BigInt.asIntN(32, priority)) : 0,
      };
    }),
  };
}

/** The domain's XML and the VMI it is of. */
export function encodeDefineDomain(domainXml: string, vmiJson: string): Buffer {
  return new MessageWriter().string(1, domainXml).string(2, vmiJson).finish();
}

/** @throws MonovirtError `MalformedMessage`, also when the answer holds no domain. */
export function decodeDefineDomain(message: Buffer): string {
  const domain = readFields(message).find(({ number }) => number === 1)?.value;
  const xml = Buffer.isBuffer(domain) ? domain.toString('utf8') : '';
  if (/<domain[\s>]/.test(xml)) return xml;
  throw new MonovirtError('MalformedMessage', 'its answer to OnDefineDomain holds no <domain>', 'never');
}

const bytesOf = (value: bigint | Buffer): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
const text = (field: Field | undefined): string =>
  field === undefined ? '' : bytesOf(field.value).subarray(0, maxText).toString('utf8');
