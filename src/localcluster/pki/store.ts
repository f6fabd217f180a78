/** Keeps the cluster's certificates on disk complete and fresh. */
import { X509Certificate, createPublicKey } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterConfig } from '../config.ts';
import { readIfThere, writeFileAtomic } from '../files.ts';
import { createAuthority, createKeyPair, issueCertificate } from './issue.ts';
import type { KeyPair } from '../../pki/issue.ts';
import type { AuthorityName, CertificateFacts } from './plan.ts';
import { certificatePlan, pastHalf, reissueReason } from './plan.ts';

type Authorities = Record<AuthorityName, KeyPair>;

const privateMode = 0o600;

async function writePair(dir: string, file: string, pair: KeyPair, certificateEnding = 'crt'): Promise<void> {
  await writeFileAtomic(join(dir, `${file}.key`), pair.key, privateMode);
  await writeFileAtomic(join(dir, `${file}.${certificateEnding}`), pair.certificate, privateMode);
}

async function readPair(dir: string, file: string): Promise<KeyPair | null> {
  const certificate = await readIfThere(join(dir, `${file}.crt`));
  const key = await readIfThere(join(dir, `${file}.key`));
  return certificate === null || key === null ? null : { certificate, key };
}

function times(certificate: X509Certificate): { notBefore: number; notAfter: number } {
  return { notBefore: Date.parse(certificate.validFrom), notAfter: Date.parse(certificate.validTo) };
}

/** Reads what the plan compares. */
export function factsOf(pair: KeyPair, authority: KeyPair): CertificateFacts {
  const certificate = new X509Certificate(pair.certificate);
  const names =
    certificate.subjectAltName?.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '')) ?? [];
  return {
    ...times(certificate),
    commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    names,
    signedByAuthority: certificate.verify(createPublicKey(authority.certificate)),
  };
}

async function ensureAuthority(dir: string, name: AuthorityName, now: number): Promise<KeyPair> {
  const current = await readPair(dir, name);
  if (current !== null && !pastHalf(times(new X509Certificate(current.certificate)), now)) return current;
  const made = createAuthority(`monovirt-cluster-${name}`, now, current?.key);
  await writePair(dir, name, made);
  return made;
}

async function ensureServiceAccountKey(dir: string): Promise<void> {
  if ((await readIfThere(join(dir, 'sa.pub'))) !== null) return;
  await writePair(dir, 'sa', createKeyPair(), 'pub');
}

async function ensureLeaves(config: ClusterConfig, by: Authorities, now: number): Promise<string[]> {
  const issued: string[] = [];
  for (const spec of certificatePlan(config)) {
    const current = await readPair(config.pkiDir, spec.file);
    const facts = current === null ? null : factsOf(current, by[spec.authority]);
    if (reissueReason(facts, spec, now) === null) continue;
    await writePair(config.pkiDir, spec.file, issueCertificate(spec, by[spec.authority], now));
    issued.push(spec.file);
  }
  return issued;
}

/**
 * Makes what is missing and renews what is past half of its life.
 * @param now milliseconds since 1970.
 * @returns the names of the certificates made.
 */
export async function ensurePki(config: ClusterConfig, now: number): Promise<string[]> {
  await mkdir(config.pkiDir, { recursive: true, mode: 0o700 });
  const authorities: Authorities = {
    ca: await ensureAuthority(config.pkiDir, 'ca', now),
    'front-proxy-ca': await ensureAuthority(config.pkiDir, 'front-proxy-ca', now),
  };
  await ensureServiceAccountKey(config.pkiDir);
  return ensureLeaves(config, authorities, now);
}

/** Reads one PEM file of the cluster. */
export async function readPem(config: ClusterConfig, file: string): Promise<string> {
  return readFile(join(config.pkiDir, file), 'utf8');
}
