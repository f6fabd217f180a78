/** Names of domains as DHCP and router advertisements carry them. Pure. */

/** A name as length-prefixed labels, uncompressed (RFC 1035 §3.1). */
export function encodeDomain(name: string): Buffer {
  const labels = name
    .split('.')
    .map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
