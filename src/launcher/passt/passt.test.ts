import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { passtPlan } from '../../agent/network/testing/plan.ts';
import { MonovirtError } from '../../support/errors.ts';
import { createLogger } from '../../support/log.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { testVmi } from '../testing/vmi.ts';
import { passtArguments } from './arguments.ts';
import { servePasst } from './serve.ts';

describe('what passt is told', () => {
  const ports = (list: { port: number; protocol: 'tcp' | 'udp' }[]): string[] =>
    passtArguments(testVmi(), passtPlan({ ports: list }), '/s').slice(-4);
  for (const { name, list, tcp, udp } of [
    { name: 'all ports without a list', list: [], tcp: 'all', udp: 'all' },
    {
      name: 'listed ports of each protocol, each once',
      list: [
        { port: 80, protocol: 'tcp' as const },
        { port: 443, protocol: 'tcp' as const },
        { port: 80, protocol: 'tcp' as const },
        { port: 53, protocol: 'udp' as const },
      ],
      tcp: '80,443',
      udp: '53',
    },
    {
      name: 'none of a protocol that is not listed',
      list: [{ port: 53, protocol: 'udp' as const }],
      tcp: 'none',
      udp: '53',
    },
  ]) {
    test(name, () => assert.deepEqual(ports(list), ['--tcp-ports', tcp, '--udp-ports', udp]));
  }
  test('the gateway does not stand for the loopback of the pod', () => {
    assert.ok(passtArguments(testVmi(), passtPlan(), '/s').includes('--no-map-gw'));
  });
});

describe('running passt', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mvpasst-'));
  });
  after(() => rm(folder, { recursive: true }));

  const log = createLogger('test', 'error');
  /** A script in its place; gets the socket as its first argument. */
  const standIn = async (name: string, script: string): Promise<{ command: string; socket: string }> => {
    const command = join(folder, name);
    await writeFile(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { command, socket: join(folder, `${name}.sock`) };
  };

  for (const { name, says, reason, retry } of [
    {
      name: 'too few files for all ports',
      says: "Can't open enough sockets for port specifier: all",
      reason: 'PasstPortsExceedLimit',
      retry: 'never',
    },
    {
      name: 'no namespaces',
      says: 'Failed to sandbox process, exiting',
      reason: 'PasstNotSandboxed',
      retry: 'backoff',
    },
    { name: 'anything else', says: 'No routable interface', reason: 'PasstFailed', retry: 'backoff' },
  ]) {
    test(`a failure is told with its remedy: ${name}`, async () => {
      const { command, socket } = await standIn('failing', `echo "${says}" >&2; exit 1`);
      await assert.rejects(servePasst({ args: [], socket, log, command }), (error) => {
        assert.ok(error instanceof MonovirtError);
        assert.deepEqual([error.reason, error.retry], [reason, retry]);
        assert.ok(error.message.includes(says));
        return true;
      });
    });
  }

  test('what it says after a line that is too long is heard', async () => {
    const { command, socket } = await standIn(
      'wordy',
      // The rest of what was read together with it is lost.
      `head -c 5000 /dev/zero >&2; until [ -e "$1.heard" ]; do sleep 0.01; done; echo "\nall is lost" >&2; exit 1`,
    );
    const heard = { ...log, debug: () => writeFileSync(`${socket}.heard`, '') };
    await assert.rejects(servePasst({ args: [socket], socket, log: heard, command }), /all is lost/);
  });

  test('a program that is missing is told', async () => {
    const given = { args: [], socket: join(folder, 'x'), log, command: join(folder, 'missing') };
    await assert.rejects(servePasst(given), { reason: 'PasstFailed' });
  });

  test('one that dies is started again, until it is not needed', async () => {
    const { command, socket } = await standIn('dying', `echo $$ >"$1.$$"; echo >"$1"; exec sleep 1000`);
    const pidOf = async (): Promise<number> => {
      await waitForPath(
        socket,
        AbortSignal.timeout(10_000),
        async (path) => (await readFile(path, 'utf8').catch(() => '')) !== '',
      );
      const { readdir } = await import('node:fs/promises');
      const pids = (await readdir(folder)).flatMap((file) => /^dying\.sock\.(\d+)$/.exec(file)?.[1] ?? []);
      return Math.max(...pids.map(Number));
    };
    const running = await servePasst({ args: [socket], socket, log, command });
    const first = await pidOf();
    process.kill(first, 'SIGKILL');
    const others = async (path: string): Promise<boolean> =>
      (await readFile(path, 'utf8').catch(() => '')) !== '' && (await pidOf()) !== first;
    await waitForPath(socket, AbortSignal.timeout(10_000), others);
    const second = await pidOf();
    assert.notEqual(second, first);
    await running[Symbol.asyncDispose]();
    assert.throws(() => process.kill(second, 0), { code: 'ESRCH' });
  });
});
