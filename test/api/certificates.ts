/** Throw-away certificates for a control plane on loopback. */
import { generateKeyPairSync } from 'node:crypto';
import { issueCa, issueLeaf } from '../../src/pki/issue.ts';
import type { KeyPair, Validity } from '../../src/pki/issue.ts';

export interface Pair {
  cert: string;
  key: string;
}

export interface Authority extends Pair {
  /** A certificate for clients (`groups` become organizations) and servers alike, valid for 127.0.0.1. */
  issue(commonName: string, groups?: readonly string[]): Pair;
}

const lifeMs = 24 * 3600 * 1000;

export function createAuthority(name: string): Authority {
  const ca = issueCa(name, validity());
  return {
    ...pairOf(ca),
    issue: (commonName, organizations = []) =>
      pairOf(
        issueLeaf(ca, {
          ...validity(),
          commonName,
          organizations,
          hosts: ['127.0.0.1', 'localhost'],
          usages: ['server', 'client'],
        }),
      ),
  };
}

/** Key pair for signing service account tokens. */
export function serviceAccountKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
}

const pairOf = ({ certificate, key }: KeyPair): Pair => ({ cert: certificate, key });

const validity = (): Validity => ({
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + lifeMs),
});
