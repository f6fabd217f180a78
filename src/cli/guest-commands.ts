/** Commands that ask the guest agent. */
import { Command } from 'commander';
import { printable } from '../support/printable.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, withSession } from './flags.ts';
import { vmiPath } from './subresource-path.ts';

const asked = [
  { name: 'guestosinfo', path: 'guestosinfo', description: 'Show what the guest agent says of its system' },
  { name: 'userlist', path: 'userlist', description: 'Show who is logged in, as the guest agent says' },
  { name: 'fslist', path: 'filesystemlist', description: 'Show file systems, as the guest agent says' },
] as const;

export function guestCommands({ signal, output }: CommandContext): Command[] {
  return asked.map(({ name, path, description }) =>
    onCluster(new Command(name).description(description).argument('<vmi>')).action(
      (vmi: string, _flags: unknown, command: Command) =>
        withSession(command, async ({ client, namespace }) => {
          const answer = await client.raw('GET', vmiPath({ namespace, name: vmi }, path), undefined, signal);
          output.write(`${printable(JSON.stringify(answer, null, 2))}\n`);
        }),
    ),
  );
}
