/** `why`: walks from a VM to its domain and names the first thing that stops it. */
import { Command } from 'commander';
import type { CommandContext } from '../flags.ts';
import { onCluster, withSession } from '../flags.ts';
import { targetOfWords } from '../target.ts';
import { collectFacts } from './collect.ts';
import { whyText } from './render.ts';

export function whyCommand({ signal, output }: CommandContext): Command {
  return onCluster(
    new Command('why').description('Say what keeps a virtual machine from running, and what to do'),
  )
    .argument('<type-or-name>', 'vm, vmi, or the name itself')
    .argument('[name]')
    .action((first: string, second: string | undefined, _flags: unknown, command: Command) =>
      withSession(command, async ({ client, namespace }) => {
        const target = targetOfWords(first, second);
        const key = { namespace: target.namespace ?? namespace, name: target.name };
        output.write(`${whyText(await collectFacts(client, key, signal), Date.now())}\n`);
      }),
    );
}
