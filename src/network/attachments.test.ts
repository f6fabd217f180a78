import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Vmi } from '../api/types.ts';
import { attachmentAnnotation, attachmentOf, withAttachments } from './attachments.ts';

const key = 'monovirt.io/domain-attachments';
const vmi = (annotations?: Record<string, string>): Vmi =>
  ({ metadata: { name: 'vm', uid: 'u', ...(annotations && { annotations }) }, spec: {} }) as unknown as Vmi;

describe('how a plug-in wants its interfaces attached', () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`p${index}`, 'tap']));
  for (const { name, said, want } of [
    { name: 'by a tap', said: '{"p":"tap"}', want: 'tap' },
    { name: 'by one of ours', said: '{"p":"managedTap"}', want: 'managedTap' },
    { name: 'others only', said: '{"q":"tap"}', want: undefined },
    { name: 'nothing', said: undefined, want: undefined },
    { name: 'nonsense', said: '{', want: undefined },
    { name: 'something unknown', said: '{"p":"rope"}', want: undefined },
    { name: 'far too much', said: JSON.stringify({ ...many, p: 'tap' }), want: undefined },
  ]) {
    test(name, () => assert.equal(attachmentOf(vmi(said === undefined ? {} : { [key]: said }), 'p'), want));
  }
  test('nothing is inherited', () => assert.equal(attachmentOf(vmi({ [key]: '{}' }), 'toString'), undefined));
});

describe('the pod says it, and not who wrote the VMI', () => {
  const pod = attachmentAnnotation({ p: 'tap' });
  for (const { name, own, said, want } of [
    { name: 'the pod alone', own: undefined, said: pod, want: 'tap' },
    { name: 'both', own: { [key]: '{"p":"managedTap"}' }, said: pod, want: 'tap' },
    { name: 'the VMI alone', own: { [key]: '{"p":"managedTap"}' }, said: {}, want: undefined },
    { name: 'nobody', own: { other: 'x' }, said: undefined, want: undefined },
  ]) {
    test(name, () => assert.equal(attachmentOf(withAttachments(vmi(own), said), 'p'), want));
  }
  test('a pod without plug-ins has no annotation', () => assert.deepEqual(attachmentAnnotation({}), {}));
});
