/**
 * Makes certificates: ECDSA P-256, X.509 v3. Written on node:crypto because the package for it adds 13 MiB of
 * private memory to the controller and patches `Reflect` globally (adr/0004). It only writes DER; reading and
 * verifying is OpenSSL's, through node:crypto.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  createPublicKey,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import {
  boolean,
  bitString,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  tlv,
  utf8String,
} from './der.ts';

/** A certificate with its private key, both PEM. Never logged. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

export interface LeafRequest extends Validity {
  commonName: string;
  /** Kubernetes takes them for groups. */
  organizations?: readonly string[];
  /** DNS names and IPv4 addresses. */
  hosts: readonly string[];
  usages: readonly ('server' | 'client')[];
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const;

/**
 * Makes a self-signed certificate authority.
 * @param key keeps this private key (PEM) instead of making one: then all that it has signed stays valid.
 */
export function issueCa(commonName: string, validity: Validity, key?: string): KeyPair {
  const keys = key === undefined ? newKeys() : keysOf(key);
  const extensions = [
    extension(oid.basicConstraints, sequence(boolean(true)), true),
    // keyCertSign and cRLSign.
    extension(oid.keyUsage, bitString(Buffer.from([0x06]), 1), true),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(keys.publicKey))),
  ];
  const subject = name(commonName);
  const body = { subject, issuer: subject, validity, publicKey: keys.publicKey, extensions };
  return { certificate: signed(body, keys.privateKey), key: keys.privateKey };
}

/** Makes a certificate that `ca` has signed. */
export function issueLeaf(ca: KeyPair, request: LeafRequest): KeyPair {
  const keys = newKeys();
  const issuer = new X509Certificate(ca.certificate);
  const issuerKey = issuer.publicKey.export({ type: 'spki', format: 'der' });
  const usages = request.usages.map((usage) => objectIdentifier(oid[usage]));
  const extensions = [
    extension(oid.basicConstraints, sequence(), true),
    // digitalSignature.
    extension(oid.keyUsage, bitString(Buffer.from([0x80]), 7), true),
    extension(oid.extendedKeyUsage, sequence(...usages)),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(keys.publicKey))),
    extension(oid.authorityKeyIdentifier, sequence(tlv(0x80, keyIdentifier(issuerKey)))),
    ...(request.hosts.length === 0
      ? []
      : [extension(oid.subjectAltName, sequence(...request.hosts.map(generalName)))]),
  ];
  const body = {
    subject: name(request.commonName, request.organizations),
    issuer: name(commonNameOf(issuer)),
    validity: request,
    publicKey: keys.publicKey,
    extensions,
  };
  return { certificate: signed(body, ca.key), key: keys.privateKey };
}

/** Common name of a certificate's subject; empty when it has none. */
export function commonNameOf(certificate: X509Certificate): string {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
}

function newKeys(): { publicKey: Buffer; privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function keysOf(privateKey: string): { publicKey: Buffer; privateKey: string } {
  return { publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }), privateKey };
}

/** RFC 7093 §2 method 1: the leftmost 160 bits of the key's SHA-256. */
function keyIdentifier(spki: Uint8Array): Buffer {
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}

interface Body {
  subject: Buffer;
  issuer: Buffer;
  validity: Validity;
  publicKey: Uint8Array;
  extensions: readonly Buffer[];
}

function signed(body: Body, signingKey: string): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const toBeSigned = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    body.issuer,
    sequence(time(body.validity.notBefore), time(body.validity.notAfter)),
    body.subject,
    body.publicKey,
    tlv(0xa3, sequence(...body.extensions)),
  );
  const signature = sign('sha256', toBeSigned, createPrivateKey(signingKey));
  const der = sequence(toBeSigned, algorithm, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** 127 random bits: positive, unguessable and at most 20 octets, as RFC 5280 demands. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function name(commonName: string, organizations: readonly string[] = []): Buffer {
  const attribute = (id: string, value: string): Buffer =>
    set(sequence(objectIdentifier(id), utf8String(value)));
  return sequence(
    ...organizations.map((organization) => attribute(oid.organization, organization)),
    attribute(oid.commonName, commonName),
  );
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function generalName(host: string): Buffer {
  return isIP(host) === 4
    ? tlv(0x87, Buffer.from(host.split('.').map(Number)))
    : tlv(0x82, Buffer.from(host, 'ascii'));
}
