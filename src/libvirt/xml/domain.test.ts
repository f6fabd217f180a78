import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { MonovirtError } from '../../support/errors.ts';
import { domainCases } from '../testing/cases.ts';
import { contextOf } from '../testing/context.ts';
import { skipped } from '../testing/daemon.ts';
import { domainXml } from './domain.ts';

const validator = '/usr/bin/virt-xml-validate';
const libvirtVersion = (): string => execFileSync('/usr/bin/virsh', ['--version'], { encoding: 'utf8' });

for (const { name, vmi, golden, takenBy } of domainCases()) {
  test(`domain XML: ${name}`, () => {
    const xml = domainXml(vmi, contextOf(vmi, '/run/vm'));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, xml);
    assert.equal(xml, readFileSync(golden, 'utf8'));
    assert.equal(
      domainXml(structuredClone(vmi), contextOf(vmi, '/run/vm')),
      xml,
      'the same input gives the same text',
    );
  });

  test(`libvirt's schema takes it: ${name}`, { skip: skipped }, async (t) => {
    assert.ok(existsSync(validator), `${validator} is missing: install libvirt-clients`);
    if (!takenBy(libvirtVersion())) return t.skip('the schema of this libvirt is too old');
    await promisify(execFile)(validator, [golden, 'domain']);
  });
}

test('a disk without image is a defect that no retry mends', () => {
  const found = domainCases().find(({ name }) => name === 'container-disk-cloud-init');
  assert.ok(found);
  const context = { ...contextOf(found.vmi, '/run/vm'), disks: {} };
  assert.throws(
    () => domainXml(found.vmi, context),
    (error) =>
      error instanceof MonovirtError && error.reason === 'VolumeImageMissing' && error.retry === 'never',
  );
});
