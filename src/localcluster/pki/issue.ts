/** Makes and signs certificates with ECDSA P-256 keys. */
// oxlint-disable-next-line import/no-unassigned-import -- the library below wants this polyfill loaded first
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createPublicKey, webcrypto } from 'node:crypto';
import type { CertificateSpec } from './plan.ts';
import { authorityLifeMs, backdateMs, leafLifeMs } from './plan.ts';

/** A certificate or public key, and its private key; both PEM. */
export interface KeyPairPem {
  certificate: string;
  key: string;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const clientAuth = x509.ExtendedKeyUsage.clientAuth;
const serverAuth = x509.ExtendedKeyUsage.serverAuth;

const pem = (label: string, der: ArrayBuffer): string => `${x509.PemConverter.encode(der, label)}\n`;

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
}

async function generate(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
}

async function importPrivate(text: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(text), ecdsa, true, ['sign']);
}

async function importPublicOf(privatePem: string): Promise<webcrypto.CryptoKey> {
  const spki = createPublicKey(privatePem).export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey('spki', spki, ecdsa, true, ['verify']);
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString('hex');
}

/** Makes a public and private key without a certificate, as service account tokens need. */
export async function createKeyPair(): Promise<KeyPairPem> {
  const keys = await generate();
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return { certificate: pem('PUBLIC KEY', spki), key: await keyPem(keys.privateKey) };
}

/**
 * Makes an authority's own certificate.
 * @param now milliseconds since 1970.
 * @param key keeps this key instead of making one: then everything it has signed stays valid.
 */
export async function createAuthority(commonName: string, now: number, key?: string): Promise<KeyPairPem> {
  const keys =
    key === undefined
      ? await generate()
      : { publicKey: await importPublicOf(key), privateKey: await importPrivate(key) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + authorityLifeMs),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
}

function leafExtensions(spec: CertificateSpec): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...spec.dns.map((value) => ({ type: 'dns' as const, value })),
    ...spec.ips.map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(spec.use === 'server' ? [serverAuth] : [clientAuth]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

/**
 * Makes one certificate signed by `authority`.
 * @param now milliseconds since 1970.
 */
export async function issueCertificate(
  spec: CertificateSpec,
  authority: KeyPairPem,
  now: number,
): Promise<KeyPairPem> {
  const keys = await generate();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [
      ...(spec.organization === undefined ? [] : [{ O: [spec.organization] }]),
      { CN: [spec.commonName] },
    ],
    issuer: issuer.subjectName,
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + leafLifeMs),
    signingAlgorithm: signing,
    publicKey: keys.publicKey,
    signingKey: await importPrivate(authority.key),
    extensions: [...leafExtensions(spec), await x509.AuthorityKeyIdentifierExtension.create(issuer)],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
}
