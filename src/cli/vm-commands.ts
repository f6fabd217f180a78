/** Commands on virtual machines, for `monovirt vm …` and `kubectl virt …` alike. */
import type { Command } from 'commander';
import { createCommand } from './create/create-command.ts';
import { exposeCommand } from './expose-command.ts';
import type { CommandContext } from './flags.ts';
import { forwardCommand } from './forward-command.ts';
import { guestCommands } from './guest-commands.ts';
import { listCommand } from './list-command.ts';
import { powerCommands } from './power-commands.ts';
import { screenCommands } from './screen-commands.ts';
import { sshCommands } from './ssh-commands.ts';
import { versionCommand } from './version-command.ts';
import { whyCommand } from './why/why-command.ts';

/** All VM commands, each fit to be added to a program. */
export function vmCommands(context: CommandContext): Command[] {
  return [
    listCommand(context),
    whyCommand(context),
    ...powerCommands(context),
    ...screenCommands(context),
    ...sshCommands(context),
    forwardCommand(context),
    exposeCommand(context),
    createCommand(context),
    ...guestCommands(context),
    versionCommand(context),
  ];
}
