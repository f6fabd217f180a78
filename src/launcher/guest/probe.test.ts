import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LibvirtError } from '../../libvirt/errors.ts';
import { FakeHypervisor } from '../../libvirt/testing/fake.ts';
import type { AgentScript } from '../../libvirt/testing/fake.ts';
import type { delay } from '../../support/delay.ts';
import type { DomainReport } from '../protocol.ts';
import { Eventually } from '../testing/eventually.ts';
import { AgentChannel } from './channel.ts';
import { endedOf, GuestPrograms } from './exec.ts';
import { probeGuest } from './probe.ts';

const running: DomainReport = {
  state: 'running',
  reason: 'booted',
  sequence: 1,
  interfaces: [],
  guestAgent: { asked: true, supported: true },
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function world(answers: Record<string, unknown> | undefined, pause?: typeof delay) {
  const hypervisor = new FakeHypervisor();
  const uuid = await hypervisor.create('<domain><name>guest</name></domain>');
  hypervisor.agentAnswers = answers;
  const programs = new GuestPrograms(new AgentChannel(async () => ({ hypervisor, uuid })), pause);
  const gone = new AbortController();
  const probe = (command?: string[], report = running, timeoutSeconds = 1) =>
    probeGuest(
      { timeoutSeconds, ...(command === undefined ? {} : { command }) },
      { programs, report, gone: gone.signal },
    );
  const asked = (): string[] =>
    hypervisor.calls.flatMap((call) => (call.startsWith('agentCommand') ? [call.split(' ')[2] ?? ''] : []));
  return { hypervisor, programs, probe, gone, asked };
}

/** A guest whose programs end as they are told, after so many questions. */
const guest = (status: Record<string, unknown>, questions = 1): Record<string, unknown> => {
  let left = questions;
  return {
    'guest-exec': () => ((left = questions), { pid: 7 }),
    'guest-exec-status': () => ((left -= 1), left <= 0 ? { exited: true, ...status } : { exited: false }),
  };
};

const unknown = new LibvirtError('LibvirtInternalError', 'The command guest-exec has been disabled');
const silent: AgentScript = () => new Promise(() => undefined);

const rows: {
  name: string;
  answers: Record<string, unknown> | undefined;
  command?: string[];
  report?: Partial<DomainReport>;
  want: { exitCode: number; output: string | RegExp };
}[] = [
  { name: 'an agent that answers', answers: { 'guest-ping': {} }, want: { exitCode: 0, output: '' } },
  {
    name: 'a ping without an agent',
    answers: {},
    report: { guestAgent: undefined as never },
    want: { exitCode: 1, output: /no guest agent is connected/ },
  },
  {
    name: 'a command without an agent',
    answers: {},
    command: ['true'],
    report: { guestAgent: undefined as never },
    want: { exitCode: 1, output: /no guest agent is connected/ },
  },
  {
    name: 'an agent that has gone since',
    answers: undefined,
    want: { exitCode: 1, output: /agent is not connected/ },
  },
  {
    name: 'an agent that never answers',
    answers: { 'guest-ping': silent },
    want: { exitCode: 1, output: 'the guest did not answer within 1 s' },
  },
  {
    name: 'a ping of a guest that somebody paused',
    answers: undefined,
    report: { state: 'paused', reason: 'user' },
    want: { exitCode: 0, output: '' },
  },
  {
    name: 'a ping of a guest that an I/O error paused',
    answers: undefined,
    report: { state: 'paused', reason: 'ioError' },
    want: { exitCode: 1, output: /not connected/ },
  },
  {
    name: 'a command that succeeds',
    answers: guest({ exitcode: 0, 'out-data': base64('well\n') }),
    command: ['cat', '/ready'],
    want: { exitCode: 0, output: 'well\n' },
  },
  {
    name: 'a command that takes a moment',
    answers: guest({ exitcode: 0 }, 4),
    command: ['sleep'],
    want: { exitCode: 0, output: '' },
  },
  {
    name: 'a command that fails',
    answers: guest({ exitcode: 3, 'out-data': base64('a'), 'err-data': base64('b') }),
    command: ['false'],
    want: { exitCode: 3, output: 'ab' },
  },
  {
    name: 'a command that never ends',
    answers: guest({}, Number.POSITIVE_INFINITY),
    command: ['sleep'],
    want: { exitCode: 1, output: 'the guest did not answer within 1 s' },
  },
  {
    name: 'a guest that runs no commands',
    answers: { 'guest-exec': unknown },
    command: ['true'],
    want: { exitCode: 1, output: /has been disabled/ },
  },
  {
    name: 'a process that is no number',
    answers: { 'guest-exec': { pid: 'x' } },
    command: ['true'],
    want: { exitCode: 1, output: /guest-exec makes no sense/ },
  },
  {
    name: 'a state that is none',
    answers: { 'guest-exec': { pid: 1 }, 'guest-exec-status': [] },
    command: ['true'],
    want: { exitCode: 1, output: /guest-exec-status makes no sense/ },
  },
  {
    name: 'output that is long and would paint over a terminal',
    answers: guest({ exitcode: 0, 'out-data': base64(`\u001b[2Jx${'y'.repeat(100_000)}`) }),
    command: ['yes'],
    want: { exitCode: 0, output: /^xy{1000,4095}$/ },
  },
];

for (const { name, answers, command, report, want } of rows) {
  test(`${name} is answered with ${want.exitCode}`, async () => {
    const { probe } = await world(answers);
    const { exitCode, output } = await probe(command, { ...running, ...report });
    assert.equal(exitCode, want.exitCode);
    if (typeof want.output === 'string') assert.equal(output, want.output);
    else assert.match(output, want.output);
  });
}

test('a command that hangs is not started again before it has ended', async () => {
  const { probe, asked, hypervisor } = await world(guest({}, Number.POSITIVE_INFINITY));
  await probe(['sleep']);
  const { exitCode, output } = await probe(['sleep']);
  assert.equal(exitCode, 1);
  assert.match(output, /still runs in the guest as process 7/);
  assert.equal(asked().filter((command) => command === 'guest-exec').length, 1);
  hypervisor.agentAnswers = guest({ exitcode: 0 });
  assert.equal((await probe(['sleep'])).exitCode, 0);
});

test('a command whose agent was started anew is started again', async () => {
  const { probe, hypervisor } = await world(guest({}, Number.POSITIVE_INFINITY));
  await probe(['sleep']);
  const fresh = guest({ exitcode: 0 });
  const forgotten = new LibvirtError('LibvirtInternalError', "Parameter 'pid' is invalid");
  let first = true;
  const status = fresh['guest-exec-status'] as AgentScript;
  hypervisor.agentAnswers = {
    ...fresh,
    'guest-exec-status': (given: Record<string, unknown>) =>
      first ? ((first = false), forgotten) : status(given),
  };
  assert.equal((await probe(['sleep'])).exitCode, 0);
});

test('the agent is asked for the end of a command less and less often', async () => {
  const pauses: number[] = [];
  const { programs, asked } = await world(guest({ exitcode: 0 }, 8), async (ms) => void pauses.push(ms));
  await programs.run(['sleep'], new AbortController().signal);
  assert.deepEqual(pauses, [20, 40, 80, 160, 250, 250, 250]);
  assert.deepEqual(asked(), ['guest-exec', ...Array.from({ length: 8 }, () => 'guest-exec-status')]);
});

for (const timeoutSeconds of [1e9, 5.0001]) {
  test(`a question that allows ${timeoutSeconds} s is asked as any`, async () => {
    const { probe } = await world({ 'guest-ping': {} });
    assert.deepEqual(await probe(undefined, running, timeoutSeconds), { exitCode: 0, output: '' });
  });
}

/** A guest with one program that ends when it is told to, and its probes as others see them. */
async function held() {
  const state = { ended: false };
  const asking = new Eventually<string>();
  const { programs, asked } = await world({
    'guest-exec': () => (asking.add('start'), { pid: 7 }),
    'guest-exec-status': () => (asking.add('status'), { exited: state.ended, exitcode: 3 }),
  });
  return {
    state,
    asking,
    programs,
    asked,
    starts: () => asked().filter((one) => one === 'guest-exec').length,
  };
}

for (const gap of ['at once', 'while it runs']) {
  test(`two who want the same command ${gap} get the same end of one run`, async () => {
    const { state, asking, programs, starts } = await held();
    const { signal } = new AbortController();
    const first = programs.run(['check'], signal);
    if (gap !== 'at once') await asking.find('a question for the end', (what) => what === 'status');
    const second = programs.run(['check'], signal);
    state.ended = true;
    assert.equal(await first, await second);
    assert.equal((await first).exitCode, 3);
    assert.equal(starts(), 1);
    await programs.run(['check'], signal);
    assert.equal(starts(), 2);
  });
}

test('a run goes on for who still waits when another leaves, and is remembered when the last has left', async () => {
  const { state, asking, programs, starts } = await held();
  const [first, second] = [new AbortController(), new AbortController()];
  const left = programs.run(['check'], first.signal);
  const stays = programs.run(['check'], second.signal);
  await asking.find('a question for the end', (what) => what === 'status');
  first.abort(new Error('left'));
  await assert.rejects(left, /left/);
  state.ended = true;
  assert.equal((await stays).exitCode, 3);
  state.ended = false;
  const third = new AbortController();
  const last = programs.run(['check'], third.signal);
  asking.all.length = 0;
  await asking.find('a question for the end', (what) => what === 'status');
  third.abort(new Error('gone'));
  await assert.rejects(last, /gone/);
  await assert.rejects(programs.run(['check'], second.signal), { reason: 'GuestProgramRuns' });
  assert.equal(starts(), 2);
});

test('a start that was given up before the agent answered is not made again', async () => {
  const answer = Promise.withResolvers<unknown>();
  const asking = new Eventually<string>();
  const { programs, asked } = await world({
    'guest-exec': () => (asking.add('start'), answer.promise),
    'guest-exec-status': () => ({ exited: false }),
  });
  const gone = new AbortController();
  const given = programs.run(['check'], gone.signal);
  await asking.find('the start', () => true);
  gone.abort(new Error('gone'));
  await assert.rejects(given, /gone/);
  const next = programs.run(['check'], new AbortController().signal);
  answer.resolve({ pid: 9 });
  await assert.rejects(next, { reason: 'GuestProgramRuns', message: /process 9$/ });
  assert.deepEqual(asked(), ['guest-exec', 'guest-exec-status']);
});

test('a probe that nobody waits for any more asks nothing', async () => {
  const { probe, gone, asked } = await world({ 'guest-ping': {} });
  gone.abort(new Error('gone'));
  assert.equal((await probe()).exitCode, 1);
  assert.deepEqual(asked(), []);
});

test('a guest that is asked in vain is asked once at a time', async () => {
  const { probe, asked } = await world({ 'guest-ping': silent });
  await Promise.all([probe(), probe(), probe(), probe(['true'])]);
  assert.deepEqual(asked(), ['guest-ping']);
});

const codes: [string, Record<string, unknown>, number][] = [
  ['success', { exitcode: 0 }, 0],
  ['failure', { exitcode: 255 }, 255],
  ['more than a byte', { exitcode: 256 }, 1],
  ['a code of Windows', { exitcode: -1_073_741_510 }, 58],
  ['no code', {}, 1],
  ['a text', { exitcode: '0' }, 1],
  ['a signal', { signal: 9 }, 137],
  ['a strange signal', { signal: 1e9 }, 1],
];
for (const [name, status, want] of codes) {
  test(`${name} of a program is the exit code ${want}`, () => {
    assert.equal(endedOf({ exited: true, ...status })?.exitCode, want);
  });
}
