/** A command line of the local cluster alone: `node src/localcluster/main.ts up|down|status [nodes]`. */
import { MonovirtError, messageOf } from '../support/errors.ts';
import { installSignals } from '../support/signals.ts';
import type { ClusterOptions } from './config.ts';
import { down, status, up } from './commands.ts';

async function dispatch(command: string | undefined, options: ClusterOptions): Promise<number> {
  switch (command) {
    case 'up':
      await up(options, installSignals());
      return 0;
    case 'down':
      return (await down(options, installSignals())).length === 0 ? 0 : 1;
    case 'status':
      return (await status(options)).healthy ? 0 : 1;
    default:
      throw new MonovirtError('UnknownCommand', 'choose one of up, down, status', 'never');
  }
}

const [command, nodes] = process.argv.slice(2);
try {
  process.exitCode = await dispatch(command, nodes === undefined ? {} : { nodes: Number(nodes) });
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
