/** What guests can have on a node, out of what libvirt says of it. Pure. */

/** Names as libvirt has them. */
export interface GuestFeatures {
  /** Models that guests can have, by name. */
  cpuModels: string[];
  cpuFeatures: string[];
  /** The model closest to the node's own, and who makes it. */
  hostCpuModel: string[];
  cpuVendor: string[];
  /** Enlightenments of Hyper-V. */
  hyperv: string[];
  machineTypes: string[];
}

/** Output of virsh, which libvirt formats alike in all its versions. */
export interface VirshOutput {
  /** `virsh domcapabilities` */
  domain: string;
  /** `virsh hypervisor-cpu-baseline --features` of the same */
  baseline: string;
  /** `virsh capabilities` */
  host: string;
}

/** @param arch as libvirt calls it, such as `x86_64`. */
export function guestFeatures({ domain, baseline, host }: VirshOutput, arch: string): GuestFeatures {
  const hostModel = section(domain, /<mode name='host-model' supported='yes'>.*?<\/mode>/s);
  const hyperv = section(domain, /<hyperv supported='yes'>.*?<\/hyperv>/s);
  const guest = section(host, new RegExp(`<arch name='${arch}'>.*?</arch>`, 's'));
  return {
    cpuModels: all(domain, /<model [^>]*usable='yes'[^>]*>([^<]+)<\/model>/g),
    cpuFeatures: all(baseline, /<feature policy='require' name='([^']+)'\/>/g),
    hostCpuModel: all(hostModel, /<model [^>]*>([^<]+)<\/model>/g),
    cpuVendor: all(hostModel, /<vendor>([^<]+)<\/vendor>/g),
    hyperv: all(hyperv, /<value>([^<]+)<\/value>/g).map((name) => apiNames[name] ?? name),
    machineTypes: all(guest, /<machine [^>]*>([^<]+)<\/machine>/g),
  };
}

/** Enlightenments that the API has another name for. */
const apiNames: Readonly<Record<string, string>> = { stimer: 'synictimer', vendor_id: 'vendorid' };

const section = (text: string, pattern: RegExp): string => pattern.exec(text)?.[0] ?? '';

const all = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];
