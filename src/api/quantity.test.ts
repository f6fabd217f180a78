import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  compareQuantities,
  formatBytes,
  formatQuantity,
  milliUnits,
  parseQuantity,
  quantityPattern,
  tryParseQuantity,
  wholeUnits,
} from './quantity.ts';

const unit = 1_000_000_000n;

describe('parseQuantity', () => {
  const rows: { text: string | number; nanos: bigint }[] = [
    { text: '0', nanos: 0n },
    { text: 1, nanos: unit },
    { text: '128Mi', nanos: 134217728n * unit },
    { text: '1.5Gi', nanos: 1610612736n * unit },
    { text: '1G', nanos: 1_000_000_000n * unit },
    { text: '100m', nanos: unit / 10n },
    { text: '0.1', nanos: unit / 10n },
    { text: '.5', nanos: unit / 2n },
    { text: '5.', nanos: 5n * unit },
    { text: '1e3', nanos: 1000n * unit },
    { text: '1E3', nanos: 1000n * unit },
    { text: '12e-1', nanos: (12n * unit) / 10n },
    { text: '3E', nanos: 3n * 10n ** 18n * unit },
    { text: '1Ei', nanos: (1n << 60n) * unit },
    { text: '7u', nanos: 7000n },
    { text: '7n', nanos: 7n },
    { text: '0.5n', nanos: 1n },
    { text: '-2', nanos: -2n * unit },
    { text: '+2k', nanos: 2000n * unit },
    { text: '9007199254740993', nanos: 9007199254740993n * unit },
  ];
  for (const row of rows) {
    test(String(row.text), () => {
      assert.equal(parseQuantity(row.text), row.nanos);
      if (typeof row.text === 'string') assert.match(row.text, new RegExp(quantityPattern));
    });
  }

  for (const text of [
    '',
    ' 1',
    '1 Gi',
    'Mi',
    '1mi',
    '1GB',
    '1KI',
    '--1',
    '1e',
    'NaN',
    '0x10',
    '1e999',
    '.',
  ]) {
    test(`refuses '${text}'`, () => {
      assert.equal(tryParseQuantity(text), undefined);
      assert.throws(() => parseQuantity(text), { reason: 'InvalidQuantity' });
    });
  }
});

test('compareQuantities compares across suffixes', () => {
  assert.equal(compareQuantities('1Gi', '1024Mi'), 0);
  assert.equal(compareQuantities('1G', '1Gi'), -1);
  assert.equal(compareQuantities('0.2', '100m'), 1);
});

test('wholeUnits and milliUnits round up', () => {
  assert.equal(wholeUnits('1.2'), 2n);
  assert.equal(wholeUnits('64Mi'), 67108864n);
  assert.equal(milliUnits('1'), 1000n);
  assert.equal(milliUnits('1u'), 1n);
});

test('formatBytes keeps the value', () => {
  assert.equal(formatBytes(134217728n), '128Mi');
  assert.equal(formatBytes(1000n), '1000');
  assert.equal(formatBytes(0n), '0');
  assert.equal(formatBytes(3n << 30n), '3Gi');
});

test('formatQuantity keeps the value', () => {
  for (const text of ['100m', '1', '2k', '5u', '7n', '0', '-3M']) {
    assert.equal(formatQuantity(parseQuantity(text)), text);
  }
});
