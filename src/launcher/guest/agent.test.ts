import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHypervisor } from '../../libvirt/testing/fake.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { createLineLogger } from '../log.ts';
import type { DomainReport } from '../protocol.ts';
import { ReportBoard } from '../report.ts';
import { Eventually } from '../testing/eventually.ts';
import { GuestAgent } from './agent.ts';

const thawed = { 'guest-fsfreeze-status': 'thawed', 'guest-fsfreeze-freeze': 1, 'guest-fsfreeze-thaw': 1 };

async function world(answers: Record<string, unknown> | undefined) {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>guest</name></domain>');
  hypervisor.agentAnswers = answers;
  const reports = new ReportBoard();
  const log = createLineLogger({ write: () => undefined });
  const agent = new GuestAgent({ domain: async () => ({ hypervisor, uuid }), reports, log });
  const seen = new Eventually<DomainReport>();
  reports.subscribe((report) => seen.add(report));
  const asked = (): string[] =>
    hypervisor.calls.flatMap((call) => (call.startsWith('agentCommand') ? [call.split(' ')[2] ?? ''] : []));
  return { hypervisor, reports, agent, seen, asked };
}

test('an agent that comes is reported at once, and what it says of its system when it has said it', async () => {
  const { agent, seen, reports } = await world({
    'guest-info': { version: '9', supported_commands: [] },
    'guest-get-osinfo': { name: 'Debian' },
  });
  agent.turned(true);
  assert.deepEqual(reports.current.guestAgent, { asked: false, supported: true });
  const told = await seen.find('the system', ({ guestAgent }) => guestAgent?.asked === true);
  assert.deepEqual(told.guestAgent, { asked: true, supported: false, os: { name: 'Debian' } });
  agent.turned(false);
  assert.equal(reports.current.guestAgent, undefined);
});

test('an agent that says nothing is connected all the same', async () => {
  const { agent, seen } = await world(undefined);
  agent.turned(true);
  const told = await seen.find('that it was asked', ({ guestAgent }) => guestAgent?.asked === true);
  assert.deepEqual(told.guestAgent, { asked: true, supported: true });
});

test('a guest whose agent comes and goes all the time is asked once at a time', async () => {
  const { agent, asked, seen } = await world({ 'guest-info': {}, 'guest-get-osinfo': {} });
  for (let round = 0; round < 1000; round += 1) {
    agent.turned(true);
    agent.turned(false);
  }
  agent.turned(true);
  await seen.find('that it was asked', ({ guestAgent }) => guestAgent?.asked === true);
  assert.ok(asked().length <= 4, String(asked().length));
});

test('nor more often while its file systems rest', async () => {
  const { agent, asked, seen, hypervisor } = await world({ ...thawed, 'guest-info': {} });
  await agent.freeze(0);
  hypervisor.agentAnswers = { ...thawed, 'guest-info': {}, 'guest-fsfreeze-status': 'frozen' };
  const before = asked().length;
  for (let round = 0; round < 1000; round += 1) {
    agent.turned(true);
    agent.turned(false);
  }
  agent.turned(true);
  await seen.find(
    'that they rest',
    ({ frozen, guestAgent }) => frozen === true && guestAgent?.asked === true,
  );
  await agent.users().catch(() => undefined);
  assert.ok(asked().length - before <= 6, String(asked().length - before));
});

const interfaces = (...addresses: string[]): Record<string, unknown> => ({
  'guest-info': {},
  'guest-get-osinfo': {},
  'guest-network-get-interfaces': [
    {
      name: 'eth0',
      'hardware-address': '02:00:00:00:00:01',
      'ip-addresses': addresses.map((address) => ({ 'ip-address': address })),
    },
  ],
});

test('the addresses of a guest are told, and told again when they are others', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, seen, hypervisor, asked } = await world(interfaces());
  const addresses = ({ guestAgent }: DomainReport) => guestAgent?.interfaces?.[0]?.addresses.join();
  agent.turned(true);
  await seen.find('none', (report) => addresses(report) === '');
  hypervisor.agentAnswers = interfaces('10.0.2.2', 'fd10::2');
  t.mock.timers.tick(2000);
  await seen.find('two', (report) => addresses(report) === '10.0.2.2,fd10::2');
  agent.turned(false);
  const before = asked().length;
  t.mock.timers.tick(1_000_000);
  assert.equal(asked().length, before);
});

test('a guest that is paused is not asked for its addresses', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, seen, reports, asked } = await world(interfaces());
  reports.change({ state: 'paused' });
  agent.turned(true);
  await seen.find('that it was asked', ({ guestAgent }) => guestAgent?.asked === true);
  t.mock.timers.tick(2000);
  await agent.users().catch(() => undefined);
  assert.ok(!asked().includes('guest-network-get-interfaces'));
});

test('what an agent does not know is left out of what is told, and lists are short', async () => {
  const unknown = new LibvirtError('LibvirtInternalError', 'the command has not been found');
  const { agent } = await world({
    'guest-info': { version: '9', supported_commands: [] },
    'guest-get-host-name': unknown,
    'guest-get-osinfo': { name: 'Debian' },
    'guest-get-timezone': unknown,
    'guest-fsfreeze-status': unknown,
    'guest-get-users': Array.from({ length: 20 }, () => ({ user: 'ann' })),
    'guest-get-fsinfo': unknown,
  });
  assert.deepEqual(await agent.info(), {
    guestAgentVersion: '9',
    supportedCommands: [],
    os: { name: 'Debian' },
    userList: Array.from({ length: 10 }, () => ({ userName: 'ann' })),
    fsInfo: { disks: [] },
  });
  assert.equal((await agent.users()).length, 20);
});

test('an agent that stops to answer is not asked on', async () => {
  const { agent, asked } = await world({ 'guest-info': {} });
  await assert.rejects(agent.info(), { reason: 'LibvirtAgentUnresponsive' });
  assert.deepEqual(asked(), ['guest-info', 'guest-get-host-name']);
});

test('who asks the same at the same time gets the same answer', async () => {
  const { agent, asked } = await world({ 'guest-get-users': [{ user: 'ann' }] });
  const answers = await Promise.all([agent.users(), agent.users(), agent.users()]);
  assert.equal(new Set(answers).size, 1);
  assert.deepEqual(asked(), ['guest-get-users']);
  await agent.users();
  assert.equal(asked().length, 2);
});

test('freezing arms the thaw, and does nothing when it is done already', async () => {
  const { agent, reports, asked, hypervisor } = await world(thawed);
  await agent.freeze(0);
  assert.equal(reports.current.frozen, true);
  hypervisor.agentAnswers = { ...thawed, 'guest-fsfreeze-status': 'frozen' };
  await agent.freeze(0);
  assert.deepEqual(asked(), ['guest-fsfreeze-status', 'guest-fsfreeze-freeze', 'guest-fsfreeze-status']);
  await agent.unfreeze();
  assert.equal(reports.current.frozen, undefined);
  assert.equal(asked().at(-1), 'guest-fsfreeze-thaw');
});

test('thawing what is thawed does not run the hooks of the guest again', async () => {
  const { agent, asked } = await world(thawed);
  await agent.unfreeze();
  assert.deepEqual(asked(), ['guest-fsfreeze-status']);
});

test('a guest that nobody lets write again goes on by itself', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, asked, hypervisor, seen } = await world(thawed);
  await agent.freeze(300);
  hypervisor.agentAnswers = { ...thawed, 'guest-fsfreeze-status': 'frozen' };
  t.mock.timers.tick(299_999);
  assert.ok(!asked().includes('guest-fsfreeze-thaw'));
  t.mock.timers.tick(1);
  await seen.find('the thaw', ({ frozen }) => frozen === undefined);
  assert.ok(asked().includes('guest-fsfreeze-thaw'));
});

test('a freeze that may have worked is undone', async () => {
  const { agent, asked, hypervisor, reports } = await world(thawed);
  const { 'guest-fsfreeze-freeze': _, ...silent } = thawed;
  hypervisor.agentAnswers = silent;
  await assert.rejects(agent.freeze(300), { reason: 'LibvirtAgentUnresponsive' });
  assert.equal(asked().at(-1), 'guest-fsfreeze-thaw');
  assert.equal(reports.current.frozen, undefined);
});

test('a guest that comes back from a reboot does not rest any more', async () => {
  const { agent, reports, seen } = await world({ ...thawed, 'guest-info': {} });
  agent.turned(true);
  await agent.freeze(300);
  agent.turned(false);
  assert.equal(reports.current.frozen, undefined);
  agent.turned(true);
  await seen.find('that it was asked', ({ guestAgent }) => guestAgent?.asked === true);
  await agent.unfreeze();
  assert.equal(reports.current.frozen, undefined);
});

test('an agent that is started anew while file systems rest is remembered of it', async () => {
  const { agent, seen, hypervisor } = await world({ ...thawed, 'guest-info': {} });
  await agent.freeze(0);
  agent.turned(true);
  agent.turned(false);
  hypervisor.agentAnswers = { ...thawed, 'guest-info': {}, 'guest-fsfreeze-status': 'frozen' };
  agent.turned(true);
  await seen.find('that they rest', ({ frozen, guestAgent }) => frozen === true && guestAgent !== undefined);
});

test('file systems go on when the agent was away at the time they should have', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { agent, asked, seen, hypervisor } = await world(thawed);
  await agent.freeze(300);
  agent.turned(true);
  agent.turned(false);
  hypervisor.agentAnswers = undefined;
  t.mock.timers.tick(300_000);
  await assert.rejects(agent.unfreeze());
  const before = asked().length;
  hypervisor.agentAnswers = { ...thawed, 'guest-info': {}, 'guest-fsfreeze-status': 'frozen' };
  agent.turned(true);
  await seen.find('that it was asked', ({ guestAgent }) => guestAgent?.asked === true);
  await agent.users().catch(() => undefined);
  assert.ok(asked().slice(before).includes('guest-fsfreeze-thaw'));
});
