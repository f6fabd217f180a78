import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { VmiSpec } from '../../api/types.ts';
import { LibvirtError } from '../../libvirt/errors.ts';
import { FakeHypervisor } from '../../libvirt/testing/fake.ts';
import { createLineLogger } from '../log.ts';
import type { DomainReport } from '../protocol.ts';
import { ReportBoard } from '../report.ts';
import { Eventually } from '../testing/eventually.ts';
import { testVmi } from '../testing/vmi.ts';
import { AgentChannel } from './channel.ts';
import { keepCredentials } from './credentials.ts';

type Given = Record<string, unknown>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mvk-'));
});
afterEach(() => rm(folder, { recursive: true }));

let generation = 0;

/** Puts a secret there, or another content of it, as the kubelet does. */
async function put(secret: string, files: Record<string, string>): Promise<void> {
  const mount = join(folder, secret);
  const dated = `..${(generation += 1)}`;
  await mkdir(join(mount, dated), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(mount, dated, name), text);
  const fresh = Object.keys(files).map((name) => symlink(join('..data', name), join(mount, name)));
  await Promise.allSettled(fresh);
  await symlink(dated, join(mount, '..new'));
  await rename(join(mount, '..new'), join(mount, '..data'));
}

const keys = (secretName: string, ...users: string[]) => ({
  sshPublicKey: { source: { secret: { secretName } }, propagationMethod: { qemuGuestAgent: { users } } },
});
const passwords = (secretName: string) => ({
  userPassword: { source: { secret: { secretName } }, propagationMethod: { qemuGuestAgent: {} } },
});

async function world(accessCredentials: VmiSpec['accessCredentials'], answers: Given = {}) {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>guest</name></domain>');
  const given = new Eventually<Given>();
  const take = (command: Given): object => (given.add(command), {});
  hypervisor.agentAnswers = {
    'guest-ssh-add-authorized-keys': take,
    'guest-set-user-password': take,
    ...answers,
  };
  const reports = new ReportBoard();
  const seen = new Eventually<DomainReport>();
  reports.subscribe((report) => seen.add(report));
  const lines: string[] = [];
  const log = createLineLogger({ level: 'debug', write: (line) => void lines.push(line) });
  const channel = new AgentChannel(async () => ({ hypervisor, uuid }));
  const keeper = keepCredentials(testVmi({ accessCredentials }), { folder, channel, reports, log });
  const comes = (): void =>
    void reports.change({ state: 'running', guestAgent: { asked: true, supported: true } });
  const ends = (what: string, fits: (message: string, synchronized: boolean) => boolean) =>
    seen.find(
      what,
      ({ credentials }) =>
        credentials !== undefined && fits(credentials.message ?? '', credentials.synchronized),
    );
  const said = (): string => [...lines, ...seen.all.map((report) => JSON.stringify(report))].join('\n');
  return { hypervisor, given, reports, comes, ends, said, seen, keeper };
}

const reset = (username: string, ...list: string[]) => ({ username, keys: list, reset: true });

test('each user gets the keys of all secrets as soon as the agent has come, comments left out', async () => {
  await put('team', { a: 'ssh-ed25519 AAA ann\n# old\n\nssh-rsa BBB bob\n', b: 'ssh-ed25519 AAA ann' });
  await put('admins', { root: 'ssh-ed25519 CCC root' });
  const { keeper, comes, ends, given } = await world([keys('team', 'ann', 'bob'), keys('admins', 'ann')]);
  await using _ = keeper;
  await ends('that there is no agent', (message, done) => !done && message === 'Guest agent is offline');
  assert.deepEqual(given.all, []);
  comes();
  await ends('it to be done', (_message, done) => done);
  assert.deepEqual(given.all, [
    reset('ann', 'ssh-ed25519 AAA ann', 'ssh-rsa BBB bob', 'ssh-ed25519 CCC root'),
    reset('bob', 'ssh-ed25519 AAA ann', 'ssh-rsa BBB bob'),
  ]);
});

test('a secret that changes replaces the keys', async () => {
  await put('team', { a: 'old' });
  const { keeper, comes, ends, given } = await world([keys('team', 'ann')]);
  await using _ = keeper;
  comes();
  await ends('it to be done', (_message, done) => done);
  await put('team', { a: 'new' });
  await given.find('the new key', (command) => JSON.stringify(command).includes('new'));
  assert.deepEqual(given.all.at(-1), reset('ann', 'new'));
  await put('team', { a: '' });
  await given.find('no key', (command) => JSON.stringify(command).includes('[]'));
});

test('passwords go by user, without the end of the line', async () => {
  await put('pw', { ann: 'correct horse\n', bob: '\n' });
  const { keeper, comes, ends, given, said } = await world([passwords('pw')]);
  await using _ = keeper;
  comes();
  await ends('it to be done', (_message, done) => done);
  const password = Buffer.from('correct horse').toString('base64');
  assert.deepEqual(given.all, [{ username: 'ann', password, crypted: false }]);
  assert.doesNotMatch(said(), /correct horse/);
  assert.ok(!said().includes(password));
});

test('a change while the guest has no agent is said, and made up for', async () => {
  await put('team', { a: 'old' });
  const { keeper, comes, ends, reports, given, seen } = await world([keys('team', 'ann')]);
  await using _ = keeper;
  comes();
  await ends('it to be done', (_message, done) => done);
  reports.change({ guestAgent: null });
  assert.equal(reports.current.credentials?.synchronized, true);
  const before = seen.all.length;
  await put('team', { a: 'new' });
  await seen.find(
    'that it is not',
    (report) => report.credentials?.synchronized === false && seen.all.length > before,
  );
  comes();
  await given.find('the new key', (command) => JSON.stringify(command).includes('new'));
});

test('a guest that is paused is not asked', async () => {
  await put('team', { a: 'key' });
  const { keeper, comes, ends, reports, given } = await world([keys('team', 'ann')]);
  await using _ = keeper;
  reports.change({ state: 'paused', guestAgent: { asked: true, supported: true } });
  await ends('that it is not', (_message, done) => !done);
  assert.deepEqual(given.all, []);
  comes();
  await ends('it to be done', (_message, done) => done);
});

const refusal = (words: string) => new LibvirtError('LibvirtInternalError', words);
const refusals: { name: string; answers: Given; says: RegExp; never?: RegExp }[] = [
  {
    name: 'a user who does not exist',
    answers: { 'guest-ssh-add-authorized-keys': refusal('failed to get passwd entry for user ann') },
    says: /^cannot set the SSH keys of user ann: .*passwd entry/,
  },
  {
    name: 'an agent that is too old',
    answers: { 'guest-ssh-add-authorized-keys': refusal('The command x has not been found') },
    says: /install or update qemu-guest-agent in the guest/,
  },
  {
    name: 'words with the password in them',
    answers: { 'guest-set-user-password': refusal('bad password: tr0ub4dor') },
    says: /in words that cannot be repeated/,
    never: /tr0ub4dor/,
  },
  {
    name: 'words with the password in other letters',
    answers: { 'guest-set-user-password': refusal(Buffer.from('tr0ub4dor').toString('base64')) },
    says: /in words that cannot be repeated/,
    never: /dHIwdWI0ZG9y/,
  },
  {
    name: 'a flood of words that paint',
    answers: { 'guest-set-user-password': refusal(`\u001b[2J${'x'.repeat(100_000)}\n`) },
    // eslint-disable-next-line no-control-regex
    says: /^[^\u0000-\u001f]{50,500}$/,
  },
];
for (const { name, answers, says, never = /^$/ } of refusals) {
  test(`a guest that refuses is told of, and what works is done: ${name}`, async () => {
    await put('team', { a: 'key' });
    await put('pw', { bob: 'tr0ub4dor' });
    const { keeper, comes, ends, given, said } = await world([keys('team', 'ann'), passwords('pw')], answers);
    await using _ = keeper;
    comes();
    await ends('that it failed', (message, done) => !done && says.test(message));
    assert.equal(given.all.length, 1);
    assert.doesNotMatch(said(), never);
  });
}

test('what failed is tried again until it works', async () => {
  await put('team', { a: 'key' });
  let left = 2;
  const { keeper, comes, ends } = await world([keys('team', 'ann')], {
    'guest-ssh-add-authorized-keys': () => {
      left -= 1;
      return left > 0 ? refusal('no such user') : {};
    },
  });
  await using _ = keeper;
  comes();
  await ends('that it failed', (message, done) => !done && message.includes('no such user'));
  await ends('it to be done', (_message, done) => done);
});

test('an agent that has gone is asked nothing more', async () => {
  await put('team', { a: 'key' });
  await put('pw', { bob: 'x' });
  const lost = new LibvirtError('LibvirtAgentUnresponsive', 'the agent does not answer');
  const { keeper, comes, ends, given } = await world([keys('team', 'ann'), passwords('pw')], {
    'guest-ssh-add-authorized-keys': lost,
  });
  await using _ = keeper;
  comes();
  await ends('that it failed', (message, done) => !done && message.includes('does not answer'));
  assert.deepEqual(given.all, []);
});

test('a secret that cannot be read is told of, and others look elsewhere than out of it', async () => {
  await put('team', {});
  await writeFile(join(folder, 'out'), 'stolen');
  await symlink(join(folder, 'out'), join(folder, 'team', 'a'));
  const { keeper, comes, ends, given } = await world([keys('team', 'ann')]);
  await using _ = keeper;
  comes();
  await ends('that it failed', (message, done) => !done && message.includes('leads out of its volume'));
  assert.deepEqual(given.all, []);
});
