/** Commands on virtual machines, for `monovirt vm …` and `kubectl virt …` alike. */
import { Command, InvalidArgumentError } from 'commander';
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Vm, Vmi } from '../api/types.ts';
import { openSession } from './session.ts';
import type { ClusterFlags, Session } from './session.ts';
import { openStream } from './stream.ts';
import { vmiPath, vmPath } from './subresource-path.ts';
import { attachTerminal } from './terminal.ts';
import { vmList } from './vm-list.ts';
import { serveVnc } from './vnc.ts';

interface Output {
  write(text: string): void;
}

/** All VM commands, each fit to be added to a program. */
export function vmCommands(signal: AbortSignal, output: Output): Command[] {
  return [
    listCommand(signal, output),
    powerCommand('start', 'Start a virtual machine', signal, output).option(
      '--paused',
      'start it with its CPUs stopped',
    ),
    powerCommand('stop', 'Stop a virtual machine by asking its guest to shut down', signal, output).option(
      '--grace-period <seconds>',
      'seconds the guest gets before it is switched off',
      parseSeconds,
    ),
    powerCommand('restart', 'Stop a virtual machine and start it again', signal, output).option(
      '--force',
      'do not wait for the guest',
    ),
    lifeCommand('pause', 'Stop the CPUs of a running virtual machine', signal, output),
    lifeCommand('unpause', 'Let a paused virtual machine run on', signal, output),
    consoleCommand(signal, output),
    vncCommand(signal, output),
  ];
}

/** Adds the flags that say which cluster and namespace. */
function onCluster(command: Command): Command {
  return command
    .option('-n, --namespace <namespace>', 'namespace of the virtual machine')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig');
}

async function withSession(flags: ClusterFlags, act: (session: Session) => Promise<void>): Promise<void> {
  const session = await openSession(flags);
  try {
    await act(session);
  } finally {
    await session.close();
  }
}

function listCommand(signal: AbortSignal, output: Output): Command {
  return onCluster(new Command('list').description('List virtual machines with phase, address and node'))
    .option('-A, --all-namespaces', 'list those of every namespace')
    .action((flags: ClusterFlags & { allNamespaces?: boolean }) =>
      withSession(flags, async ({ client, namespace }) => {
        const everywhere = flags.allNamespaces === true;
        const selection = everywhere ? {} : { namespace };
        const [vms, vmis] = await Promise.all([
          client.list<Vm>(virtualMachines, selection, signal),
          client.list<Vmi>(virtualMachineInstances, selection, signal),
        ]);
        output.write(`${vmList(vms.items, vmis.items, everywhere, Date.now())}\n`);
      }),
    );
}

interface PowerFlags extends ClusterFlags {
  paused?: boolean;
  force?: boolean;
  gracePeriod?: number;
}

function powerCommand(
  action: 'start' | 'stop' | 'restart',
  description: string,
  signal: AbortSignal,
  output: Output,
): Command {
  return onCluster(new Command(action).description(description).argument('<vm>')).action(
    (name: string, flags: PowerFlags) =>
      withSession(flags, async ({ client, namespace }) => {
        await client.raw('PUT', vmPath({ namespace, name }, action), powerOptions(flags), signal);
        output.write(`VM ${name} was scheduled to ${action}\n`);
      }),
  );
}

const powerOptions = (flags: PowerFlags): Record<string, unknown> => ({
  ...(flags.paused === true ? { paused: true } : {}),
  ...(flags.gracePeriod === undefined ? {} : { gracePeriod: flags.gracePeriod }),
  ...(flags.force === true ? { gracePeriodSeconds: 0 } : {}),
});

function lifeCommand(
  action: 'pause' | 'unpause',
  description: string,
  signal: AbortSignal,
  output: Output,
): Command {
  return onCluster(new Command(action).description(description).argument('<vm>')).action(
    (name: string, flags: ClusterFlags) =>
      withSession(flags, async ({ client, namespace }) => {
        await client.raw('PUT', vmiPath({ namespace, name }, action), {}, signal);
        output.write(`VMI ${name} was ${action}d\n`);
      }),
  );
}

const consoleEnded =
  '\nThe console ended: the VM stopped or restarts, or somebody else opened its console. Open it again to go on.\n';

function consoleCommand(signal: AbortSignal, output: Output): Command {
  return onCluster(new Command('console').description('Open the serial console').argument('<vm>')).action(
    (name: string, flags: ClusterFlags) =>
      withSession(flags, async (session) => {
        const url = session.streamUrl(vmiPath({ namespace: session.namespace, name }, 'console'));
        const stream = await openStream(url, await session.webSocket(), signal);
        output.write(`Successfully connected to ${name} console. The escape sequence is ^]\n`);
        const terminal = { input: process.stdin, output: process.stdout };
        if ((await attachTerminal(stream, terminal, signal)) === 'ended') output.write(consoleEnded);
      }),
  );
}

function vncCommand(signal: AbortSignal, output: Output): Command {
  return onCluster(new Command('vnc').description('Show the screen in a VNC viewer').argument('<vm>'))
    .option('--proxy-only', 'only listen; connect a viewer yourself')
    .option('--port <port>', 'local port to listen on; any free one unless given', parsePort, 0)
    .action((name: string, flags: ClusterFlags & { proxyOnly?: boolean; port: number }) =>
      withSession(flags, async (session) => {
        const url = session.streamUrl(vmiPath({ namespace: session.namespace, name }, 'vnc'));
        const open = async () => openStream(url, await session.webSocket(), signal);
        const options = { port: flags.port, viewer: flags.proxyOnly !== true };
        await serveVnc(open, options, output, signal);
      }),
    );
}

function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('give whole seconds, 0 or more');
  return Number(text);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('give a TCP port');
  return port;
}
