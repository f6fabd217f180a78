/** Certificates as Secrets. Pure. */
import type { KubeObject } from '../../api/types.ts';
import type { StoredPair } from './plan.ts';

export interface Secret extends KubeObject {
  /** Values in base64. */
  data?: Record<string, string>;
}

export interface DesiredSecret {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  type: 'kubernetes.io/tls';
  data: Record<string, string>;
}

export function secretOf(
  pair: StoredPair,
  metadata: { name: string; namespace: string; labels: Record<string, string> },
): DesiredSecret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': encode(pair.certificate),
      'tls.key': encode(pair.key),
      'ca.crt': encode(pair.bundle),
    },
  };
}

/** What a Secret holds; undefined when a part is missing. */
export function pairOf(secret: Secret | undefined): StoredPair | undefined {
  const { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': bundle } = secret?.data ?? {};
  if (certificate === undefined || key === undefined || bundle === undefined) return undefined;
  return { certificate: decode(certificate), key: decode(key), bundle: decode(bundle) };
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
