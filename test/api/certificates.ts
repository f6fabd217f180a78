/** Throw-away certificates for a control plane on loopback. */
import { generateKeyPairSync } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
// oxlint-disable-next-line import/no-unassigned-import -- the polyfill that x509's container needs
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export interface Pair {
  cert: string;
  key: string;
}

export interface Authority extends Pair {
  /** A certificate for clients (`groups` become organizations) and servers alike, valid for 127.0.0.1. */
  issue(commonName: string, groups?: readonly string[]): Promise<Pair>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const lifeMs = 24 * 3600 * 1000;
const usages = x509.KeyUsageFlags.digitalSignature;

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const subject = `CN=${name}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serial(),
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    cert: root.toString('pem'),
    key: await pemOf(keys.privateKey),
    issue: (commonName, groups = []) => issue({ subject, signingKey: keys.privateKey }, commonName, groups),
  };
}

async function issue(
  issuer: { subject: string; signingKey: webcrypto.CryptoKey },
  commonName: string,
  groups: readonly string[],
): Promise<Pair> {
  const keys = await newKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    ...validity(),
    serialNumber: serial(),
    subject: new x509.Name([{ CN: [commonName] }, ...groups.map((group) => ({ O: [group] }))]).toString(),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(usages, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  });
  return { cert: leaf.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** Key pair for signing service account tokens. */
export function serviceAccountKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

const validity = (): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + lifeMs),
});

const serial = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
