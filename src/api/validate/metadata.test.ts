import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check } from './rule.ts';
import { annotationsAreHonoured, metadataRules } from './metadata.ts';
import type { MetadataContext } from './metadata.ts';

describe('annotationsAreHonoured', () => {
  const rows: { name: string; value: string; refused: boolean }[] = [
    { name: 'hooks.kubevirt.io/hookSidecars', value: '[]', refused: true },
    { name: 'kubevirt.io/ignitiondata', value: '{}', refused: true },
    { name: 'kubevirt.io/placePCIDevicesOnRootComplex', value: 'true', refused: true },
    { name: 'kubevirt.io/placePCIDevicesOnRootComplex', value: 'false', refused: false },
    { name: 'kubevirt.io/libvirt-log-filters', value: '3:remote', refused: true },
    { name: 'kubevirt.io/keep-launcher-alive-after-failure', value: 'true', refused: true },
    { name: 'kubevirt.io/keep-launcher-alive-after-failure', value: '', refused: false },
    { name: 'kubevirt.io/disablePCIHole64', value: 'true', refused: false },
    { name: 'kubevirt.io/free-page-reporting-disabled', value: 'true', refused: false },
  ];
  for (const { name, value, refused } of rows) {
    test(`${name}: '${value}' is ${refused ? 'refused' : 'accepted'}`, () => {
      const metadata = { annotations: { [name]: value } };
      const causes = annotationsAreHonoured({ metadata, path: 'metadata', trusted: false });
      assert.deepEqual(
        causes.map(({ field }) => field),
        refused ? ['metadata.annotations'] : [],
      );
      assert.ok(causes.every(({ message }) => message.includes(name)));
    });
  }
});

describe('metadata', () => {
  const rows: { name: string; metadata: unknown; fields: string[]; says?: RegExp }[] = [
    { name: 'nothing at all', metadata: undefined, fields: [] },
    {
      name: 'labels and annotations',
      metadata: { labels: { a: 'b' }, annotations: { 'x.y/Z': '?' } },
      fields: [],
    },
    { name: 'null', metadata: { labels: null, annotations: null }, fields: [] },
    { name: 'metadataIsMaps: a list', metadata: [], fields: ['metadata'] },
    { name: 'metadataIsMaps: labels as a list', metadata: { labels: [{}] }, fields: ['metadata.labels'] },
    {
      name: 'metadataIsMaps: annotations as text',
      metadata: { annotations: 'a' },
      fields: ['metadata.annotations'],
    },
    { name: 'metadataIsTextual: a number', metadata: { labels: { a: 1 } }, fields: ['metadata.labels'] },
    {
      name: 'labelsAreNotReserved: a node',
      metadata: { labels: { 'kubevirt.io/nodeName': 'n' } },
      fields: ['metadata.labels'],
      says: /reserved/,
    },
    { name: 'labelsArePossible: a name', metadata: { labels: { 'a b': 'c' } }, fields: ['metadata.labels'] },
    { name: 'labelsArePossible: a value', metadata: { labels: { a: 'b c' } }, fields: ['metadata.labels'] },
    {
      name: 'annotationNamesArePossible: a blank',
      metadata: { annotations: { 'a b': 'c' } },
      fields: ['metadata.annotations'],
    },
  ];
  for (const { name, metadata, fields, says = /./ } of rows) {
    test(name, () => {
      const context = { metadata, path: 'metadata', trusted: false };
      const causes = check<MetadataContext>(metadataRules, context);
      assert.deepEqual(
        causes.map(({ field }) => field.replace(/\[.*$/, '')),
        fields,
      );
      assert.ok(causes.every(({ message }) => says.test(message)));
    });
  }
});
