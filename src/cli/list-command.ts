/** `list`: what `kubectl get vm,vmi` would show, in one table. */
import { Command } from 'commander';
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Vm, Vmi } from '../api/types.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, withSession } from './flags.ts';
import { vmList } from './vm-list.ts';

export function listCommand({ signal, output }: CommandContext): Command {
  return onCluster(new Command('list').description('List virtual machines with phase, address and node'))
    .option('-A, --all-namespaces', 'list those of every namespace')
    .action((flags: { allNamespaces?: boolean }, command: Command) =>
      withSession(command, async ({ client, namespace }) => {
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
