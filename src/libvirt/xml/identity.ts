/** Who a domain is: name, UUID, and what the guest reads of it in its SMBIOS tables. */
import { createHash } from 'node:crypto';
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Namespace of our metadata in a domain's XML. */
export const metadataNamespace = 'https://monovirt.io/domain/v1';

/** The domain's name: KubeVirt's `<namespace>_<name>`. */
export function domainName(vmi: Vmi): string {
  return `${vmi.metadata.namespace ?? 'default'}_${vmi.metadata.name}`;
}

/** The domain's UUID: the firmware's of the spec, else one that stays the same for a VMI. */
export function domainUuid(vmi: Vmi): string {
  const given = vmi.spec.domain.firmware?.uuid;
  if (given !== undefined && given !== '') return given.toLowerCase();
  const bytes = createHash('sha256').update(`monovirt domain ${vmi.metadata.uid}`).digest().subarray(0, 16);
  // Version 8, a UUID of our own making, in the variant of RFC 9562.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Lets whoever sees the domain find the VMI it was made of. */
export function metadata(vmi: Vmi): Element {
  const { uid, name, namespace } = vmi.metadata;
  return el(
    'metadata',
    {},
    el('monovirt:vmi', { 'xmlns:monovirt': metadataNamespace, namespace, name, uid }),
  );
}

export function sysinfo(vmi: Vmi, { smbios }: DomainContext): Element {
  const { firmware, chassis } = vmi.spec.domain;
  const system = {
    uuid: domainUuid(vmi),
    serial: firmware?.serial,
    manufacturer: smbios.manufacturer,
    family: smbios.family,
    product: smbios.product,
    sku: smbios.sku,
    version: smbios.version,
  };
  const enclosure = {
    manufacturer: chassis?.manufacturer,
    version: chassis?.version,
    serial: chassis?.serial,
    asset: chassis?.asset,
    sku: chassis?.sku,
  };
  return el('sysinfo', { type: 'smbios' }, entries('system', system), entries('chassis', enclosure));
}

function entries(name: string, values: Record<string, string | undefined>): Element | undefined {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  if (given.length === 0) return undefined;
  return el(name, {}, ...given.map(([key, value]) => el('entry', { name: key }, value)));
}
