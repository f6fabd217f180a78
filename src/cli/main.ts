/** Human commands. Called as `kubectl-virt` the VM commands stand at the top, as virtctl has them. */
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { messageOf } from '../support/errors.ts';
import { printable } from '../support/printable.ts';
import { onCluster } from './flags.ts';
import { clusterCommands } from './cluster-commands.ts';
import { vmCommands } from './vm-commands.ts';

/** Name of the kubectl plugin's executable. */
export const pluginName = 'kubectl-virt';

/**
 * Runs one command.
 * @returns 0, or 1 after an error that was printed, or 2 for arguments that make no sense.
 */
export async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const program = basename(process.argv[1] ?? '') === pluginName ? plugin(signal) : monovirt(signal);
  try {
    await program.exitOverride().parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`error: ${printable(messageOf(error))}\n`);
    return 1;
  }
}

function monovirt(signal: AbortSignal): Command {
  const vm = onCluster(new Command('vm').description('Work with virtual machines'));
  for (const command of vmCommands({ signal, output: process.stdout })) vm.addCommand(inherit(command));
  const program = new Command('monovirt')
    .description('Virtual machines in Kubernetes')
    .addCommand(inherit(vm));
  for (const command of clusterCommands(signal)) program.addCommand(inherit(command));
  return program;
}

function plugin(signal: AbortSignal): Command {
  const program = onCluster(new Command('kubectl virt').description('Work with virtual machines'));
  for (const command of vmCommands({ signal, output: process.stdout })) program.addCommand(inherit(command));
  return program;
}

/** Errors of sub-commands reach `run` instead of ending the process. */
const inherit = (command: Command): Command => command.exitOverride().showHelpAfterError();
