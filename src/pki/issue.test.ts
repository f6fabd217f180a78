import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { commonNameOf, issueCa, issueLeaf } from './issue.ts';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-08T00:00:00Z') };

test('a CA is self-signed, a CA, and valid for what was asked', () => {
  const ca = new X509Certificate(issueCa('kubevirt.io@1', validity).certificate);
  assert.equal(ca.ca, true);
  assert.equal(ca.verify(ca.publicKey), true);
  assert.equal(commonNameOf(ca), 'kubevirt.io@1');
  assert.deepEqual([ca.validFromDate, ca.validToDate], [validity.notBefore, validity.notAfter]);
});

test('a leaf verifies against its CA only, and for its hosts only', () => {
  const [ca, other] = [issueCa('a', validity), issueCa('a', validity)];
  const leaf = issueLeaf(ca, {
    ...validity,
    commonName: 'virt-api.kubevirt.pod.cluster.local',
    hosts: ['virt-api.kubevirt.svc', '127.0.0.1'],
    usages: ['server', 'client'],
  });
  const certificate = new X509Certificate(leaf.certificate);
  assert.equal(certificate.ca, false);
  assert.equal(certificate.checkIssued(new X509Certificate(ca.certificate)), true);
  assert.equal(certificate.checkIssued(new X509Certificate(other.certificate)), false);
  assert.equal(certificate.verify(new X509Certificate(ca.certificate).publicKey), true);
  assert.equal(certificate.verify(new X509Certificate(other.certificate).publicKey), false);
  assert.equal(certificate.checkHost('virt-api.kubevirt.svc'), 'virt-api.kubevirt.svc');
  assert.equal(certificate.checkHost('elsewhere.svc'), undefined);
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('dates from 2050 on are encoded as RFC 5280 demands', () => {
  const far = { notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('2050-01-01T00:00:00Z') };
  const ca = new X509Certificate(issueCa('far', far).certificate);
  assert.deepEqual([ca.validFromDate, ca.validToDate], [far.notBefore, far.notAfter]);
});

test('organizations come before the common name, each as an attribute of its own', () => {
  const ca = issueCa('a', validity);
  const leaf = issueLeaf(ca, {
    ...validity,
    commonName: 'admin',
    organizations: ['system:masters', 'b'],
    hosts: [],
    usages: ['client'],
  });
  assert.equal(new X509Certificate(leaf.certificate).subject, 'O=system:masters\nO=b\nCN=admin');
});

test('an authority renewed with its own key still vouches for what it signed', () => {
  const first = issueCa('a', validity);
  const leaf = issueLeaf(first, { ...validity, commonName: 'x', hosts: [], usages: ['client'] });
  const renewed = new X509Certificate(issueCa('a', validity, first.key).certificate);
  assert.equal(new X509Certificate(leaf.certificate).checkIssued(renewed), true);
  assert.equal(new X509Certificate(leaf.certificate).verify(renewed.publicKey), true);
});
