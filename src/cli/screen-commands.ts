/** Commands that show a VM's console and screen. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CommandContext } from './flags.ts';
import { onCluster, parsePort, withSession } from './flags.ts';
import { openStream } from './stream.ts';
import { vmiPath } from './subresource-path.ts';
import { attachTerminal } from './terminal.ts';
import { serveVnc } from './vnc.ts';

export function screenCommands(context: CommandContext): Command[] {
  return [consoleCommand(context), vncCommand(context).addCommand(screenshotCommand(context))];
}

const consoleEnded =
  '\nThe console ended: the VM stopped or restarts, or somebody else opened its console. Open it again to go on.\n';

function consoleCommand({ signal, output }: CommandContext): Command {
  return onCluster(new Command('console').description('Open the serial console').argument('<vm>')).action(
    (name: string, _flags: unknown, command: Command) =>
      withSession(command, async (session) => {
        const url = session.streamUrl(vmiPath({ namespace: session.namespace, name }, 'console'));
        const stream = await openStream(url, await session.webSocket(), signal);
        output.write(`Successfully connected to ${name} console. The escape sequence is ^]\n`);
        const terminal = { input: process.stdin, output: process.stdout };
        if ((await attachTerminal(stream, terminal, signal)) === 'ended') output.write(consoleEnded);
      }),
  );
}

function vncCommand({ signal, output }: CommandContext): Command {
  return onCluster(new Command('vnc').description('Show the screen in a VNC viewer').argument('<vm>'))
    .option('--proxy-only', 'only listen; connect a viewer yourself')
    .option('--preserve-session', 'do not end the session of somebody who watches already')
    .option('--port <port>', 'local port to listen on; any free one unless given', parsePort, 0)
    .action(
      (
        name: string,
        flags: { proxyOnly?: boolean; preserveSession?: boolean; port: number },
        command: Command,
      ) =>
        withSession(command, async (session) => {
          const query = flags.preserveSession === true ? '?preserveSession=true' : '';
          const url = session.streamUrl(vmiPath({ namespace: session.namespace, name }, 'vnc') + query);
          const open = async () => openStream(url, await session.webSocket(), signal);
          const options = { port: flags.port, viewer: flags.proxyOnly !== true };
          await serveVnc(open, options, output, signal);
        }),
    );
}

function screenshotCommand({ signal, output }: CommandContext): Command {
  return onCluster(new Command('screenshot').description('Save a picture of the screen').argument('<vm>'))
    .requiredOption('-f, --file <file>', 'file to write the PNG to')
    .option('-m, --move-cursor', 'wake a sleeping screen first')
    .action((name: string, flags: { file: string; moveCursor?: boolean }, command: Command) =>
      withSession(command, async (session) => {
        const path = vmiPath({ namespace: session.namespace, name }, 'vnc/screenshot');
        const query = flags.moveCursor === true ? '?moveCursor=true' : '';
        await writeFile(flags.file, await session.client.bytes(path + query, signal));
        output.write(`Saved the screen of ${name} to ${flags.file}\n`);
      }),
    );
}
