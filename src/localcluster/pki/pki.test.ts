import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { resolveConfig } from '../config.ts';
import type { CertificateFacts, CertificateSpec } from './plan.ts';
import { authorityLifeMs, certificatePlan, leafLifeMs, reissueReason } from './plan.ts';
import { ensurePki, readPem } from './store.ts';

const config = resolveConfig({ nodes: 2, stateDir: '/state', cacheDir: '/cache' }, {});
const spec: CertificateSpec = {
  file: 'x',
  authority: 'ca',
  commonName: 'x',
  use: 'server',
  dns: ['a'],
  ips: ['192.0.2.1'],
};
const good: CertificateFacts = {
  notBefore: 0,
  notAfter: 1000,
  commonName: 'x',
  names: ['192.0.2.1', 'a'],
  signedByAuthority: true,
};

for (const row of [
  { name: 'good', facts: good, now: 499, want: null },
  { name: 'missing', facts: null, now: 0, want: 'missing' },
  { name: 'past half', facts: good, now: 500, want: 'past half of its life' },
  {
    name: 'foreign',
    facts: { ...good, signedByAuthority: false },
    now: 0,
    want: 'signed by another authority',
  },
  { name: 'renamed', facts: { ...good, commonName: 'y' }, now: 0, want: 'made for another name' },
  { name: 'address added', facts: { ...good, names: ['a'] }, now: 0, want: 'made for other addresses' },
]) {
  test(`reissue: ${row.name}`, () => assert.equal(reissueReason(row.facts, spec, row.now), row.want));
}

test('plan: the apiserver answers to every name it is reached by', () => {
  const apiserver = certificatePlan(config).find((certificate) => certificate.file === 'apiserver');
  assert.deepEqual(apiserver?.ips, ['10.96.0.1', '172.30.77.1', '127.0.0.1']);
  assert.ok(apiserver?.dns.includes('kubernetes.default.svc'));
});

test('plan: every node has a client and a server certificate of its own', () => {
  const files = certificatePlan(config).filter(
    (certificate) => certificate.commonName === 'system:node:node2',
  );
  assert.deepEqual(
    files.map(({ file, use, ips }) => [file, use, ips]),
    [
      ['node2-kubelet-client', 'client', []],
      ['node2-kubelet-server', 'server', ['172.30.77.12', 'fd4d:6f6e:6f76:1000::12', '127.0.0.1']],
    ],
  );
});

test('certificates are made once, renewed past half of their life, and stay valid when the authority is renewed', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'pki-'));
  t.after(() => rm(stateDir, { recursive: true, force: true }));
  const own = resolveConfig({ stateDir }, {});
  const all = certificatePlan(own).map((certificate) => certificate.file);
  const start = Date.now();
  assert.deepEqual(await ensurePki(own, start), all);
  assert.deepEqual(await ensurePki(own, start), []);
  const oldAuthority = await readPem(own, 'ca.crt');
  const first = new X509Certificate(await readPem(own, 'apiserver.crt'));
  assert.ok(
    first.checkIP('10.96.0.1') !== undefined && first.checkHost('kubernetes.default.svc') !== undefined,
  );
  assert.equal((await stat(join(own.pkiDir, 'ca.key'))).mode & 0o777, 0o600);

  assert.deepEqual(await ensurePki(own, start + leafLifeMs / 2), all);
  assert.equal(await readPem(own, 'ca.crt'), oldAuthority);

  const kept = new X509Certificate(await readPem(own, 'apiserver.crt'));
  await ensurePki(own, start + authorityLifeMs / 2);
  const newAuthority = new X509Certificate(await readPem(own, 'ca.crt'));
  assert.notEqual(newAuthority.toString(), oldAuthority);
  assert.ok(kept.checkIssued(newAuthority) && kept.verify(newAuthority.publicKey));
});
