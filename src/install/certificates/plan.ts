/**
 * Which certificates there are and when they are renewed. Pure but for the randomness of keys.
 *
 * A CA lives 7 days, a leaf 1 day; each is renewed when a fifth of its life is left. A new CA joins the bundle
 * that everyone trusts before anything is signed by it for ten minutes, and the old one stays in the bundle
 * until it expires: at no moment does a party meet a certificate that it does not trust yet.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { commonNameOf, issueCa, issueLeaf } from '../../pki/issue.ts';
import type { KeyPair, LeafRequest, Validity } from '../../pki/issue.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

export const lifetimes = {
  caMs: 7 * day,
  leafMs: day,
  /** Renewed when this share of the life is left. */
  renewShare: 0.2,
  /** Clocks of nodes may differ by this much. */
  skewMs: 5 * minute,
  /** A new CA signs nothing that can wait until everyone has it in the bundle. */
  spreadMs: 10 * minute,
} as const;

export interface LeafSpec extends Pick<LeafRequest, 'commonName' | 'hosts' | 'usages'> {
  /** Name of the Secret. */
  name: string;
}

/** What a Secret holds, PEM. */
export interface StoredPair extends KeyPair {
  /** Every CA that is trusted, the current one first. */
  bundle: string;
}

export interface CertificatePlan {
  ca: StoredPair;
  leaves: Record<string, StoredPair>;
  /** Names of Secrets whose contents differ from what was read; the CA is `caName`. */
  changed: readonly string[];
  /** Milliseconds until the next renewal is due. */
  nextInMs: number;
}

/** Secret of the certificate authority. */
export const caName = 'kubevirt-ca';

/**
 * Brings the certificates up to date.
 * @param stored what the Secrets hold; anything missing, damaged, foreign or due is made anew.
 */
export function planCertificates(
  stored: Readonly<Record<string, StoredPair | undefined>>,
  specs: readonly LeafSpec[],
  now: Date,
): CertificatePlan {
  const ca = currentCa(stored[caName], now);
  const leaves = Object.fromEntries(
    specs.map((spec) => [spec.name, currentLeaf(stored[spec.name], spec, { ca, now })]),
  );
  const wanted: Record<string, StoredPair> = { [caName]: ca, ...leaves };
  const changed = Object.keys(wanted).filter((name) => !isSame(stored[name], wanted[name]));
  const due = Object.values(wanted).map((pair) => renewalTime(pair, ca, now));
  return { ca, leaves, changed, nextInMs: Math.max(minute, Math.min(...due) - now.getTime()) };
}

function isSame(left: StoredPair | undefined, right: StoredPair | undefined): boolean {
  return (
    left?.certificate === right?.certificate && left?.key === right?.key && left?.bundle === right?.bundle
  );
}

function currentCa(stored: StoredPair | undefined, now: Date): StoredPair {
  const trusted = stored === undefined ? [] : validCertificates(stored.bundle, now);
  const current = whole(stored);
  if (stored !== undefined && current?.ca === true && !isDue(current, now)) {
    return { ...stored, bundle: join([stored.certificate, ...trusted]) };
  }
  const pair = issueCa(`kubevirt.io@${Math.floor(now.getTime() / 1000)}`, validity(now, lifetimes.caMs));
  return { ...pair, bundle: join([pair.certificate, ...trusted]) };
}

function currentLeaf(
  stored: StoredPair | undefined,
  spec: LeafSpec,
  { ca, now }: { ca: StoredPair; now: Date },
): StoredPair {
  const current = whole(stored);
  if (stored !== undefined && current !== undefined && fits(current, spec, ca)) {
    const canWait = isFresh(ca, now) && current.validToDate.getTime() - now.getTime() > lifetimes.spreadMs;
    if (!isDue(current, now) || canWait) return { ...stored, bundle: ca.bundle };
  }
  return { ...issueLeaf(ca, { ...spec, ...validity(now, lifetimes.leafMs) }), bundle: ca.bundle };
}

/** The certificate of a pair; undefined when it cannot be read or the key is not its own. */
function whole(pair: StoredPair | undefined): X509Certificate | undefined {
  if (pair === undefined) return undefined;
  try {
    const certificate = new X509Certificate(pair.certificate);
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** Of our making: the right name and hosts, signed by a CA that is still trusted. */
function fits(certificate: X509Certificate, spec: LeafSpec, ca: StoredPair): boolean {
  const signed = split(ca.bundle).some((pem) => {
    const authority = parse(pem);
    return authority !== undefined && certificate.verify(authority.publicKey);
  });
  const hosts = spec.hosts.every((host) => certificate.checkHost(host) !== undefined);
  return signed && hosts && commonNameOf(certificate) === spec.commonName;
}

function renewalTime(pair: StoredPair, ca: StoredPair, now: Date): number {
  const certificate = new X509Certificate(pair.certificate);
  const { start, end } = lifeOf(certificate);
  const due = end - (end - start) * lifetimes.renewShare;
  const spread = lifeOf(new X509Certificate(ca.certificate)).start + lifetimes.skewMs + lifetimes.spreadMs;
  return due <= now.getTime() ? spread : due;
}

function isDue(certificate: X509Certificate, now: Date): boolean {
  const { start, end } = lifeOf(certificate);
  return end - now.getTime() <= (end - start) * lifetimes.renewShare;
}

function isFresh(ca: StoredPair, now: Date): boolean {
  const made = lifeOf(new X509Certificate(ca.certificate)).start + lifetimes.skewMs;
  return now.getTime() - made < lifetimes.spreadMs;
}

const lifeOf = (certificate: X509Certificate): { start: number; end: number } => ({
  start: certificate.validFromDate.getTime(),
  end: certificate.validToDate.getTime(),
});

const validity = (now: Date, lifeMs: number): Validity => ({
  notBefore: new Date(now.getTime() - lifetimes.skewMs),
  notAfter: new Date(now.getTime() + lifeMs),
});

/** The certificates of a bundle that have not expired. */
function validCertificates(bundle: string, now: Date): string[] {
  return split(bundle).filter((pem) => {
    const certificate = parse(pem);
    return certificate !== undefined && certificate.validToDate.getTime() > now.getTime();
  });
}

function split(bundle: string): string[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`);
}

const join = (certificates: readonly string[]): string => [...new Set(certificates)].join('');

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
