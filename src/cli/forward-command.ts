/** `port-forward`: local ports, or standard input and output, joined to a guest's ports. */
import { once } from 'node:events';
import { Command } from 'commander';
import { MonovirtError } from '../support/errors.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, withSession } from './flags.ts';
import { listen, parseMapping } from './forward.ts';
import type { OpenPort } from './forward.ts';
import type { Session } from './session.ts';
import { openStream } from './stream.ts';
import { vmiPath, vmPath } from './subresource-path.ts';
import { parseTarget } from './target.ts';
import type { Target } from './target.ts';

interface ForwardFlags {
  stdio?: boolean | string;
  address: string;
}

export function forwardCommand({ signal, output }: CommandContext): Command {
  return (
    onCluster(new Command('port-forward').description('Forward local ports to a virtual machine'))
      .argument('<target>', 'NAME, vm/NAME or vmi/NAME, optionally with /NAMESPACE')
      .argument('<ports...>', '[tcp/]LOCAL[:REMOTE]')
      .option('--address <address>', 'local address to listen on', '127.0.0.1')
      // With a value, because virtctl's callers write --stdio=true.
      .option('--stdio [wanted]', 'join standard input and output to the port instead of listening')
      .action((text: string, ports: string[], flags: ForwardFlags, command: Command) =>
        withSession(command, async (session) => {
          const mappings = ports.map(parseMapping);
          const open = opener(session, parseTarget(text), signal);
          if (flags.stdio === true || flags.stdio === 'true') {
            const [only, ...more] = mappings;
            if (only === undefined || more.length > 0) throw onePort();
            await joinTerminal(open, only.remote);
            return;
          }
          await Promise.all(mappings.map((each) => listen(each, flags.address, open, { output, signal })));
        }),
      )
  );
}

const onePort = (): MonovirtError =>
  new MonovirtError('InvalidPort', 'give exactly one port with --stdio', 'never');

/** Opens one stream to a port of the target. */
export function opener(session: Session, target: Target, signal: AbortSignal): OpenPort {
  const key = { namespace: target.namespace ?? session.namespace, name: target.name };
  const path = target.kind === 'vm' ? vmPath : vmiPath;
  return async (port) =>
    openStream(session.streamUrl(path(key, `portforward/${port}/tcp`)), await session.webSocket(), signal);
}

/** Refusals go where a person sees them: standard output belongs to the guest. */
async function joinTerminal(open: OpenPort, port: number): Promise<void> {
  const stream = await open(port);
  process.stdin.pipe(stream);
  stream.pipe(process.stdout);
  await once(stream, 'close');
  process.stdin.pause();
}
