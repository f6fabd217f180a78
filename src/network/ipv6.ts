/** IPv6 addresses as numbers of 128 bits. Pure. */
import * as v from 'valibot';

const groupBits = 16n;
const groups = 8;
const ipv6 = v.pipe(v.string(), v.ipv6());

/** Reads an address; one that ends as IPv4 does, too. @returns undefined for anything else, zones included. */
export function parseIpv6(text: string): bigint | undefined {
  if (!v.is(ipv6, text) || text.includes('%')) return undefined;
  const [head = '', tail] = hexadecimal(text).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array<string>(groups - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].reduce((sum, group) => (sum << groupBits) + BigInt(`0x${group}`), 0n);
}

/** A dotted end as two groups. */
function hexadecimal(text: string): string {
  const end = text.lastIndexOf(':') + 1;
  const dotted = text.slice(end);
  if (!dotted.includes('.')) return text;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${text.slice(0, end)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** Writes an address as RFC 5952 has it: lower case, the longest run of two zero groups or more left out. */
export function formatIpv6(address: bigint): string {
  const all = Array.from({ length: groups }, (_, index) =>
    ((address >> (groupBits * BigInt(groups - 1 - index))) & 0xffffn).toString(16),
  );
  const text = all.join(':');
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].map(({ 0: run, index }) => ({ run, index }));
  const [longest] = runs.toSorted((one, other) => other.run.length - one.run.length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  return `${before}::${text.slice(longest.index + longest.run.length).replace(/^:/, '')}`;
}

/** The 16 bytes of an address that was checked before. */
export const ipv6Bytes = (address: string): Buffer =>
  Buffer.from((parseIpv6(address) ?? 0n).toString(16).padStart(32, '0'), 'hex');

/** The address of 16 bytes. */
export const ipv6OfBytes = (bytes: Buffer): string => formatIpv6(BigInt(`0x${bytes.toString('hex')}`));
