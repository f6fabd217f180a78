import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libvirtError } from '../../libvirt/errors.ts';
import { FakeHypervisor } from '../../libvirt/testing/fake.ts';
import { AgentChannel } from './channel.ts';

async function replying(reply: string): Promise<AgentChannel> {
  const hypervisor = new FakeHypervisor();
  hypervisor.agentCommand = async () => reply;
  return new AgentChannel(async () => ({ hypervisor, uuid: 'x' }));
}

const rows: { name: string; reply: string; reason: string }[] = [
  { name: 'no JSON', reply: '{"return"', reason: 'AgentAnswerInvalid' },
  { name: 'brackets in brackets', reply: '['.repeat(100_000), reason: 'AgentAnswerInvalid' },
  {
    name: 'more than is read',
    reply: `{"return":[${'{},'.repeat(400_000)}{}]}`,
    reason: 'AgentAnswerTooLong',
  },
];
for (const { name, reply, reason } of rows) {
  test(`an answer is refused: ${name}`, async () => {
    await assert.rejects((await replying(reply)).ask('guest-ping'), { reason });
  });
}

for (const [name, reply] of [
  ['no object', '7'],
  ['an object without an answer', '{}'],
  ['null', 'null'],
] as const) {
  test(`an answer is nothing: ${name}`, async () => {
    assert.equal(await (await replying(reply)).ask('guest-ping'), undefined);
  });
}

test('what libvirt quotes of a guest is cut', () => {
  const { message } = libvirtError('ask', { code: 1, domain: 10, message: 'x'.repeat(4_000_000) });
  assert.ok(message.length < 3000);
});
