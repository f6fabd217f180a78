/** Runs passt for a guest and brings it back when it dies: QEMU connects to the next one by itself. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { backoffMs, delay } from '../../support/delay.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { LineSplitter } from '../../support/lines.ts';
import type { Logger } from '../../support/log.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { stopChild } from '../stop.ts';

export interface PasstOptions {
  /** The command line without the program. */
  args: readonly string[];
  /** What it listens on for QEMU. */
  socket: string;
  log: Logger;
  /** The program; `passt` unless said otherwise. */
  command?: string;
}

/** How long one start may take; it takes some twenty milliseconds, and seconds when all ports are forwarded. */
const startTimeoutMs = 20_000;
const stopGraceMs = 1_000;
/** A run of this length counts as a good one. */
const stableMs = 30_000;
const maxLogLine = 4 * 1024;
/** Lines kept of what it says, for the message when it fails. */
const keptLines = 5;

/**
 * Starts it and keeps it running until disposed.
 * @throws MonovirtError `PasstPortsExceedLimit` when the node gives a process too few files for the ports that are
 * forwarded, `PasstNotSandboxed` when it lets no process make namespaces, else `PasstFailed`.
 */
export async function servePasst(options: PasstOptions): Promise<AsyncDisposable> {
  const stop = new AbortController();
  let run = await start(options, stop.signal);
  const keep = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted;) {
      const begun = performance.now();
      await run.ended;
      if (stop.signal.aborted) break;
      options.log.warn('passt ended and will be started again', { said: run.said.join(' | ') });
      failures = performance.now() - begun > stableMs ? 0 : failures + 1;
      await delay(failures === 0 ? 0 : backoffMs(failures - 1, 20, 5_000), stop.signal);
      run = await start(options, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) options.log.error('passt is not back', { error: messageOf(error) });
        return { ...run, ended: Promise.resolve() };
      });
    }
    // One that was started while the end was told.
    await stopChild(run.child, stopGraceMs);
  };
  const kept = keep();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await stopChild(run.child, stopGraceMs);
      await kept;
    },
  };
}

interface Run {
  child: ChildProcess;
  /** Settles when the process is gone. */
  ended: Promise<void>;
  /** The last lines it wrote. */
  said: string[];
}

async function start(
  { args, socket, log, command = 'passt' }: PasstOptions,
  signal: AbortSignal,
): Promise<Run> {
  // The next socket to appear is alive.
  await rm(socket, { force: true });
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  const said = linesOf(child, log);
  const over = new AbortController();
  const ended = once(child, 'close').then(
    () => over.abort(),
    (error: unknown) => {
      said.push(messageOf(error));
      over.abort();
    },
  );
  const deadline = AbortSignal.any([signal, over.signal, AbortSignal.timeout(startTimeoutMs)]);
  try {
    await waitForPath(socket, deadline);
  } catch {
    await stopChild(child, stopGraceMs);
    throw failure(said.join(' | '));
  }
  return { child, ended, said };
}

function linesOf(child: ChildProcess, log: Logger): string[] {
  const said: string[] = [];
  let lines = new LineSplitter(maxLogLine);
  child.stderr?.on('data', (chunk: Buffer) => {
    try {
      for (const line of lines.push(chunk)) {
        log.debug('passt', { line });
        said.push(line.trim());
        said.splice(0, said.length - keptLines);
      }
    } catch {
      log.debug('passt wrote a line that is too long');
      lines = new LineSplitter(maxLogLine);
    }
  });
  return said;
}

function failure(said: string): MonovirtError {
  if (/too many open files|enough sockets/i.test(said)) {
    return new MonovirtError(
      'PasstPortsExceedLimit',
      `passt needs an open file for each forwarded port, and this node allows fewer (${said}); list the ports that the guest serves under ports of its interface, or raise the limit of the node's container runtime (LimitNOFILE)`,
      'never',
    );
  }
  if (/namespace|sandbox/i.test(said)) {
    return new MonovirtError(
      'PasstNotSandboxed',
      `passt may not make the namespaces it shuts itself into on this node (${said}); let unprivileged users make them (sysctl user.max_user_namespaces, the AppArmor and seccomp profile of the pod), or use masquerade: {}`,
    );
  }
  return new MonovirtError('PasstFailed', `passt does not run: ${said || 'it said nothing'}`);
}
