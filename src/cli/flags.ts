/** What all commands on a cluster share: flags, their parsers, and the session around an action. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ClusterFlags, Session } from './session.ts';
import { openSession } from './session.ts';

export interface Output {
  write(text: string): void;
}

/** What a command needs beside its arguments. */
export interface CommandContext {
  signal: AbortSignal;
  output: Output;
}

/** Adds the flags that say which cluster and namespace. */
export function onCluster(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'namespace of the virtual machine')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig');
}

/** Runs `act` on the cluster that the flags name, wherever on the command line they stand. */
export async function withSession(command: Command, act: (session: Session) => Promise<void>): Promise<void> {
  const session = await openSession(command.optsWithGlobals<ClusterFlags>());
  try {
    await act(session);
  } finally {
    await session.close();
  }
}

export function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give whole seconds, 0 or more');
  return Number(text);
}

/** A TCP or UDP port; 0 stands for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('give a port from 0 to 65535');
  return port;
}

/** For options that may be given several times. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];
