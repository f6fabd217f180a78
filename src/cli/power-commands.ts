/** Commands that start and stop virtual machines and their CPUs. */
import { Command } from 'commander';
import { virtualMachineInstances } from '../api/kinds.ts';
import type { Vmi } from '../api/types.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, parseSeconds, withSession } from './flags.ts';
import { vmiPath, vmPath } from './subresource-path.ts';
import { targetOfWords } from './target.ts';

export function powerCommands(context: CommandContext): Command[] {
  return [
    dryRun(powerCommand('start', 'Start a virtual machine', context)).option(
      '--paused',
      'start it with its CPUs stopped',
    ),
    dryRun(powerCommand('stop', 'Stop a virtual machine by asking its guest to shut down', context))
      .option('--grace-period <seconds>', 'seconds the guest gets before it is switched off', parseSeconds)
      .option('--force', 'switch it off at once; needs --grace-period=0'),
    dryRun(powerCommand('restart', 'Stop a virtual machine and start it again', context))
      .option('--force', 'do not wait for the guest; needs --grace-period=0')
      .option('--grace-period <seconds>', 'seconds the guest gets; only 0 with --force', parseSeconds),
    lifeCommand('pause', 'Stop the CPUs of a running virtual machine', 'paused', context),
    lifeCommand('unpause', 'Let a paused virtual machine run on', 'unpaused', context),
    lifeCommand('soft-reboot', 'Ask the guest to reboot', 'soft rebooted', context),
    lifeCommand('reset', 'Reset the guest as its reset button would', 'reset', context),
  ];
}

const dryRun = (command: Command): Command =>
  command.option('--dry-run', 'only check whether it could be done');

export interface PowerFlags {
  paused?: boolean;
  force?: boolean;
  gracePeriod?: number;
  dryRun?: boolean;
}

type PowerAction = 'start' | 'stop' | 'restart';

function powerCommand(action: PowerAction, description: string, { signal, output }: CommandContext): Command {
  return onCluster(new Command(action).description(description).argument('<vm>')).action(
    (name: string, flags: PowerFlags, command: Command) =>
      withSession(command, async ({ client, namespace }) => {
        const path = vmPath({ namespace, name }, action);
        await client.raw('PUT', path, powerOptions(action, flags), signal);
        output.write(`VM ${name} was scheduled to ${action}\n`);
      }),
  );
}

/** The body of a request: KubeVirt names the grace period differently in two of them. */
export function powerOptions(action: PowerAction, flags: PowerFlags): Record<string, unknown> {
  const grace = flags.gracePeriod ?? (flags.force === true ? 0 : undefined);
  const field = action === 'restart' ? 'gracePeriodSeconds' : 'gracePeriod';
  return {
    ...(flags.paused === true && { paused: true }),
    ...(grace !== undefined && { [field]: grace }),
    ...(flags.dryRun === true && { dryRun: ['All'] }),
  };
}

function lifeCommand(
  name: 'pause' | 'unpause' | 'soft-reboot' | 'reset',
  description: string,
  done: string,
  { signal, output }: CommandContext,
): Command {
  const command = onCluster(new Command(name).description(description))
    .argument('<type-or-name>', 'vm, vmi, or the name itself')
    .argument('[name]')
    .action((first: string, second: string | undefined, _flags: unknown, self: Command) =>
      withSession(self, async ({ client, namespace }) => {
        const target = targetOfWords(first, second);
        const key = { namespace: target.namespace ?? namespace, name: target.name };
        const { metadata } = await client.get<Vmi>(virtualMachineInstances, key, signal);
        await client.raw('PUT', vmiPath(key, name.replace('-', '')), {}, signal);
        output.write(`VMI ${metadata.name} was ${done}\n`);
      }),
    );
  return command;
}
