import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { issueCa, issueLeaf } from '../../pki/issue.ts';
import { certificateNames, leafSpecs } from './leaves.ts';
import { caName, lifetimes, planCertificates } from './plan.ts';
import type { CertificatePlan, StoredPair } from './plan.ts';
import { pairOf, secretOf } from './secrets.ts';

const start = new Date('2026-01-01T00:00:00Z');
const hour = 3_600_000;
const at = (ms: number): Date => new Date(start.getTime() + ms);
const specs = leafSpecs('kubevirt');
const storedOf = (plan: CertificatePlan): Record<string, StoredPair> => ({
  [caName]: plan.ca,
  ...plan.leaves,
});
const first = planCertificates({}, specs, start);
const all = [caName, ...specs.map((spec) => spec.name)];
const bundleSize = (bundle: string): number => bundle.match(/BEGIN/g)?.length ?? 0;

test('an empty cluster gets everything', () => {
  assert.deepEqual(first.changed, all);
  assert.equal(bundleSize(first.ca.bundle), 1);
});

test('what is fresh stays, and the next look is when the leaves are due', () => {
  const again = planCertificates(storedOf(first), specs, at(hour));
  assert.deepEqual(again.changed, []);
  const leafLife = lifetimes.leafMs + lifetimes.skewMs;
  const due = lifetimes.leafMs - leafLife * lifetimes.renewShare;
  assert.equal(again.nextInMs, due - hour);
});

test('leaves are renewed with a fifth of their life left, the CA stays', () => {
  const again = planCertificates(storedOf(first), specs, at(20 * hour));
  assert.deepEqual(again.changed, all.slice(1));
  assert.equal(again.ca.certificate, first.ca.certificate);
});

test('a new CA joins the bundle at once; leaves that can wait are signed by it ten minutes later', () => {
  const beforeLeaves = planCertificates(storedOf(first), specs, at(125 * hour));
  const renewed = planCertificates(storedOf(beforeLeaves), specs, at(136 * hour));
  assert.notEqual(renewed.ca.certificate, first.ca.certificate);
  assert.equal(bundleSize(renewed.ca.bundle), 2);
  for (const { name } of specs) {
    assert.equal(renewed.leaves[name]?.bundle, renewed.ca.bundle);
    assert.equal(renewed.leaves[name]?.certificate, beforeLeaves.leaves[name]?.certificate);
  }
  const due = planCertificates(storedOf(renewed), specs, at(136 * hour + lifetimes.spreadMs + 10 * hour));
  const leaf = new X509Certificate(due.leaves[certificateNames.api]?.certificate ?? '');
  assert.equal(leaf.verify(new X509Certificate(renewed.ca.certificate).publicKey), true);
});

test('an expired CA leaves the bundle', () => {
  const late = planCertificates(storedOf(first), specs, at(136 * hour));
  const later = planCertificates(storedOf(late), specs, at(170 * hour));
  assert.equal(bundleSize(later.ca.bundle), 1);
});

const withLeaf = (pair: StoredPair | undefined): Record<string, StoredPair | undefined> => ({
  ...storedOf(first),
  [certificateNames.api]: pair,
});
const good = first.leaves[certificateNames.api];
assert(good !== undefined);
const life = { notBefore: start, notAfter: at(24 * hour) };
const stranger = issueCa('stranger', life);
const foreign = issueLeaf(stranger, { ...life, ...specs[0]!, usages: ['server'] });
const misnamed = issueLeaf(first.ca, {
  ...life,
  commonName: 'other',
  hosts: specs[0]!.hosts,
  usages: ['server'],
});
const hostless = issueLeaf(first.ca, {
  ...life,
  commonName: specs[0]!.commonName,
  hosts: [],
  usages: ['server'],
});
const damage = [
  { name: 'missing', pair: undefined },
  { name: 'no certificate', pair: { ...good, certificate: 'rubbish' } },
  { name: 'signed by a stranger', pair: { ...good, ...foreign } },
  { name: 'another name', pair: { ...good, ...misnamed } },
  { name: 'the key of another', pair: { ...good, key: foreign.key } },
  { name: 'no key', pair: { ...good, key: 'rubbish' } },
  { name: 'hosts missing', pair: { ...good, ...hostless } },
];
for (const row of damage) {
  test(`a leaf is made anew: ${row.name}`, () => {
    const again = planCertificates(withLeaf(row.pair), specs, at(hour));
    assert.deepEqual(again.changed, [certificateNames.api]);
  });
}

test('a lost CA brings a new one, and leaves that it can vouch for', () => {
  const { [caName]: _lost, ...rest } = storedOf(first);
  assert.deepEqual(planCertificates(rest, specs, at(hour)).changed, all);
});

test('a CA whose key is not its own is replaced, and what it had signed is trusted on', () => {
  const stored = { ...storedOf(first), [caName]: { ...first.ca, key: stranger.key } };
  const again = planCertificates(stored, specs, at(hour));
  assert.equal(bundleSize(again.ca.bundle), 2);
  assert.equal(again.leaves[certificateNames.api]?.certificate, good.certificate);
  assert.deepEqual(planCertificates(storedOf(again), specs, at(hour)).changed, []);
});

test('Secrets hold a pair and give it back', () => {
  const secret = secretOf(first.ca, { name: caName, namespace: 'kubevirt', labels: {} });
  const stored = {
    ...secret,
    metadata: { ...secret.metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  };
  assert.deepEqual(pairOf(stored), {
    certificate: first.ca.certificate,
    key: first.ca.key,
    bundle: first.ca.bundle,
  });
  assert.equal(pairOf(undefined), undefined);
});
