/** Child processes of a test: started with a log, ended by pid, never left behind. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export interface Child {
  readonly pid: number;
  /** Rejects with the end of its log when the process ends by itself. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
  pause(): void;
  resume(): void;
}

const running = new Set<ChildProcess>();
let installed = false;

export function start(binary: string, args: string[], logFile: string): Child {
  killAllAtExit();
  const log = openSync(logFile, 'w');
  const child = spawn(binary, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(child);
  const exit = once(child, 'exit').finally(() => running.delete(child));
  const ended = exit.then(([code, signal]) => {
    throw new Error(`${binary} ended with ${String(signal ?? code)}:\n${tail(logFile)}`);
  });
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    ended,
    async stop() {
      if (!running.has(child)) return;
      child.kill('SIGKILL');
      await exit;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

/** A test runner that dies in the middle must not leave servers on the machine. */
function killAllAtExit(): void {
  if (installed) return;
  installed = true;
  process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));
}

const tail = (path: string): string => readFileSync(path, 'utf8').split('\n').slice(-15).join('\n');

/** Free ports of loopback; all are held open until all are known, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
