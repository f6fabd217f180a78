/** What the local cluster asks of `pki/issue.ts`. */
import { generateKeyPairSync } from 'node:crypto';
import { issueCa, issueLeaf } from '../../pki/issue.ts';
import type { KeyPair, Validity } from '../../pki/issue.ts';
import type { CertificateSpec } from './plan.ts';
import { authorityLifeMs, backdateMs, leafLifeMs } from './plan.ts';

const validity = (now: number, lifeMs: number): Validity => ({
  notBefore: new Date(now - backdateMs),
  notAfter: new Date(now + lifeMs),
});

/** Makes a public and private key without a certificate, as service account tokens need. */
export function createKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { certificate: publicKey, key: privateKey };
}

/**
 * Makes an authority's own certificate.
 * @param now milliseconds since 1970.
 * @param key keeps this key instead of making one: then everything it has signed stays valid.
 */
export function createAuthority(commonName: string, now: number, key?: string): KeyPair {
  return issueCa(commonName, validity(now, authorityLifeMs), key);
}

/**
 * Makes one certificate signed by `authority`.
 * @param now milliseconds since 1970.
 */
export function issueCertificate(spec: CertificateSpec, authority: KeyPair, now: number): KeyPair {
  return issueLeaf(authority, {
    ...validity(now, leafLifeMs),
    commonName: spec.commonName,
    ...(spec.organization === undefined ? {} : { organizations: [spec.organization] }),
    hosts: [...spec.dns, ...spec.ips],
    usages: [spec.use],
  });
}
