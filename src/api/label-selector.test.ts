import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { selectorProblem, selectorText, selects } from './label-selector.ts';
import type { LabelSelector } from './label-selector.ts';

const expression = (operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key: 'a', operator, ...(values.length > 0 && { values }) }],
});

describe('selects', () => {
  const rows: {
    name: string;
    selector: LabelSelector | undefined;
    labels: Record<string, string>;
    want: boolean;
  }[] = [
    { name: 'no selector', selector: undefined, labels: {}, want: false },
    { name: 'an empty selector', selector: {}, labels: { a: '1' }, want: true },
    { name: 'an equal label', selector: { matchLabels: { a: '1' } }, labels: { a: '1' }, want: true },
    { name: 'another value', selector: { matchLabels: { a: '1' } }, labels: { a: '2' }, want: false },
    { name: 'one of several', selector: expression('In', '1', '2'), labels: { a: '2' }, want: true },
    { name: 'In, without the label', selector: expression('In', '1'), labels: {}, want: false },
    { name: 'NotIn, without the label', selector: expression('NotIn', '1'), labels: {}, want: true },
    { name: 'NotIn, with the value', selector: expression('NotIn', '1'), labels: { a: '1' }, want: false },
    { name: 'Exists', selector: expression('Exists'), labels: { a: '' }, want: true },
    { name: 'DoesNotExist', selector: expression('DoesNotExist'), labels: { a: '' }, want: false },
    {
      name: 'no label of the prototype',
      selector: { matchExpressions: [{ key: 'toString', operator: 'Exists' }] },
      labels: {},
      want: false,
    },
    {
      name: 'all requirements at once',
      selector: { matchLabels: { b: 'x' }, ...expression('Exists') },
      labels: { a: '1' },
      want: false,
    },
  ];
  for (const { name, selector, labels, want } of rows) {
    test(name, () => assert.equal(selects(selector, labels), want));
  }
});

describe('selectorProblem', () => {
  const rows: { name: string; selector: LabelSelector; path: string; says: RegExp }[] = [
    {
      name: 'operator',
      selector: expression('Like', '1'),
      path: 'matchExpressions[0]',
      says: /'Like' is not/,
    },
    { name: 'no values', selector: expression('In'), path: 'matchExpressions[0]', says: /list at least one/ },
    {
      name: 'too many values',
      selector: expression('Exists', '1'),
      path: 'matchExpressions[0]',
      says: /remove/,
    },
    { name: 'key', selector: { matchLabels: { 'a b': '1' } }, path: 'matchLabels', says: /no label name/ },
    {
      name: 'prefix of a key',
      selector: { matchLabels: { 'Example!/a': '1' } },
      path: 'matchLabels',
      says: /no label name/,
    },
    { name: 'value', selector: { matchLabels: { a: '-' } }, path: 'matchLabels', says: /no label value/ },
  ];
  for (const { name, selector, path, says } of rows) {
    test(name, () => {
      const problem = selectorProblem(selector);
      assert.equal(problem?.path, path);
      assert.match(problem?.message ?? '', says);
    });
  }

  test('none', () => {
    assert.equal(
      selectorProblem({ matchLabels: { 'example.org/a': '' }, ...expression('In', '1') }),
      undefined,
    );
  });
});

test('a selector is written as kubectl writes it', () => {
  const selector = {
    matchLabels: { d: '1', b: '2' },
    matchExpressions: [
      { key: 'c', operator: 'NotIn', values: ['y', 'x'] },
      { key: 'a', operator: 'In', values: ['1'] },
      { key: 'f', operator: 'DoesNotExist' },
      { key: 'e', operator: 'Exists' },
    ],
  };
  assert.equal(selectorText(selector), 'a in (1),b=2,c notin (x,y),d=1,e,!f');
});
