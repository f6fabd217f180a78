/** `create`: prints a manifest to be applied; it changes nothing in a cluster. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { CommandContext } from '../flags.ts';
import { collect, parseSeconds } from '../flags.ts';
import { instancetypeManifest, preferenceManifest } from './kinds-manifest.ts';
import type { InstancetypeFlags, PreferenceFlags } from './kinds-manifest.ts';
import { vmManifest } from './vm-manifest.ts';
import type { VmFlags } from './vm-manifest.ts';

export function createCommand(context: CommandContext): Command {
  return new Command('create')
    .description('Print a manifest, to be piped to "kubectl create -f -"')
    .addCommand(createVm(context))
    .addCommand(createInstancetype(context))
    .addCommand(createPreference(context));
}

const print = ({ output }: CommandContext, manifest: object): void => {
  output.write(stringify(manifest, { lineWidth: 0 }));
};

function createVm(context: CommandContext): Command {
  return new Command('vm')
    .description('Print the manifest of a VirtualMachine')
    .option('--name <name>', 'name; generated unless given')
    .option('-n, --namespace <namespace>', 'namespace written into the manifest')
    .addOption(
      new Option('--run-strategy <strategy>', 'when it runs')
        .choices(['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once'])
        .default('Always'),
    )
    .option('--termination-grace-period <seconds>', 'time to shut down in', parseSeconds, 180)
    .option('--memory <amount>', 'memory of the guest; 512Mi unless an instancetype says')
    .option('--instancetype <name>', '[KIND/]NAME of an instancetype')
    .option('--infer-instancetype-from <volume>', 'take the instancetype that this volume names')
    .option('--preference <name>', '[KIND/]NAME of a preference')
    .option('--infer-preference-from <volume>', 'take the preference that this volume names')
    .option(
      '--volume-containerdisk <params>',
      'src:IMAGE[,name:NAME][,bootorder:N]; may be repeated',
      collect,
    )
    .option('--volume-pvc <params>', 'src:NAME[,name:NAME][,bootorder:N]; may be repeated', collect)
    .option('--volume-sysprep <params>', 'src:NAME,type:configMap|secret')
    .option('--user <user>', 'user that cloud-init makes')
    .option('--password-file <file>', "file that holds the user's password")
    .option('--ssh-key <key>', 'public key that may log in; may be repeated', collect)
    .addOption(
      new Option('--cloud-init <source>', 'how cloud-init gets its data').choices([
        'nocloud',
        'configdrive',
        'none',
      ]),
    )
    .option('--cloud-init-user-data <base64>', 'user data, base64')
    .option('--cloud-init-network-data <base64>', 'network data, base64')
    .action(async (flags: VmFlags & { passwordFile?: string }) => {
      const { passwordFile, ...rest } = flags;
      const password = passwordFile === undefined ? undefined : (await readFile(passwordFile, 'utf8')).trim();
      print(context, vmManifest(password === undefined ? rest : { ...rest, password }));
    });
}

function createInstancetype(context: CommandContext): Command {
  return new Command('instancetype')
    .description('Print the manifest of an instancetype')
    .option('--name <name>', 'name; generated unless given')
    .option('-n, --namespace <namespace>', 'of one namespace instead of the whole cluster')
    .option('--namespaced', 'of one namespace instead of the whole cluster')
    .requiredOption('--cpu <count>', 'virtual CPUs', parseSeconds)
    .requiredOption('--memory <amount>', 'memory')
    .option('--gpu <params>', 'name:NAME,devicename:RESOURCE; may be repeated', collect)
    .option('--hostdevice <params>', 'name:NAME,devicename:RESOURCE; may be repeated', collect)
    .addOption(
      new Option('--iothreadspolicy <policy>', 'threads for input and output').choices([
        'auto',
        'shared',
        'supplementalPool',
      ]),
    )
    .action((flags: InstancetypeFlags) => print(context, instancetypeManifest(flags)));
}

function createPreference(context: CommandContext): Command {
  return new Command('preference')
    .description('Print the manifest of a preference')
    .option('--name <name>', 'name; generated unless given')
    .option('-n, --namespace <namespace>', 'of one namespace instead of the whole cluster')
    .option('--namespaced', 'of one namespace instead of the whole cluster')
    .option('--cpu-topology <topology>', 'sockets, cores, threads, spread or any')
    .option('--volume-storage-class <class>', 'storage class of volumes that name none')
    .option('--machine-type <type>', 'machine type')
    .action((flags: PreferenceFlags) => print(context, preferenceManifest(flags)));
}
