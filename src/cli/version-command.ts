/** `version`: of this program and of what is installed in the cluster. */
import { Command } from 'commander';
import { subresourcesGroup } from '../api/constants.ts';
import { version } from '../support/version.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, withSession } from './flags.ts';

export function versionCommand({ signal, output }: CommandContext): Command {
  return onCluster(
    new Command('version').description('Print the versions of this command and of the cluster'),
  )
    .option('-c, --client', 'only this command')
    .action(async (flags: { client?: boolean }, command: Command) => {
      output.write(`Client Version: ${version}\n`);
      if (flags.client === true) return;
      await withSession(command, async ({ client }) => {
        const answer = await client.raw('GET', `/apis/${subresourcesGroup}/v1/version`, undefined, signal);
        output.write(`Server Version: ${JSON.stringify(answer)}\n`);
      });
    });
}
