/** Commands that make and remove a local cluster. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { MonovirtError } from '../support/errors.ts';

/** Each loads its code only when it runs: listing VMs should not pay for a cluster builder. */
export function clusterCommands(signal: AbortSignal): Command[] {
  return [upCommand(signal), downCommand(signal), statusCommand()];
}

const nodes = (): Option =>
  new Option('--nodes <count>', 'nodes of the local cluster').argParser(parseCount).default(1);

function upCommand(signal: AbortSignal): Command {
  return new Command('up')
    .description('Bring up a local cluster, install monovirt and boot the sample VM')
    .addOption(nodes())
    .action(async (flags: { nodes: number }) => {
      const { up } = await import('./up.ts');
      await up(flags, signal);
    });
}

function downCommand(signal: AbortSignal): Command {
  return new Command('down').description('Remove the local cluster and all it made').action(async () => {
    const { down } = await import('../localcluster/commands.ts');
    const left = await down({}, signal);
    if (left.length > 0) {
      throw new MonovirtError('NotRemoved', `left behind: ${left.join(', ')}`, 'never');
    }
  });
}

function statusCommand(): Command {
  return new Command('status').description('Show the parts of the local cluster').action(async () => {
    const { status } = await import('../localcluster/commands.ts');
    const { healthy } = await status({});
    if (!healthy)
      throw new MonovirtError('Unhealthy', 'the local cluster is not whole: run up again', 'never');
  });
}

function parseCount(text: string): number {
  if (!/^[1-9]$/.test(text)) throw new InvalidArgumentError('give a number from 1 to 9');
  return Number(text);
}
