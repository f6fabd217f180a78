/** `expose`: makes a Service of a VM, an instance or a replica set. */
import { Command } from 'commander';
import { labels } from '../api/constants.ts';
import { replicaSets, services, virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import type { KubeObject, ReplicaSet } from '../api/types.ts';
import { nameLabel } from '../pod/names.ts';
import { MonovirtError } from '../support/errors.ts';
import type { CommandContext } from './flags.ts';
import { onCluster, parsePort, withSession } from './flags.ts';

interface ExposeFlags {
  name: string;
  port: number;
  targetPort?: string;
  portName?: string;
  protocol: string;
  type: string;
  clusterIp?: string;
}

const kinds: Readonly<Record<string, Resource>> = {
  vm: virtualMachines,
  virtualmachine: virtualMachines,
  vmi: virtualMachineInstances,
  virtualmachineinstance: virtualMachineInstances,
  vmirs: replicaSets,
  virtualmachineinstancereplicaset: replicaSets,
};

export function exposeCommand({ signal, output }: CommandContext): Command {
  return onCluster(new Command('expose').description('Make a Service of a virtual machine'))
    .argument('<kind>', 'vm, vmi or vmirs')
    .argument('<name>')
    .requiredOption('--name <service>', 'name of the Service')
    .requiredOption('--port <port>', "the Service's port", parsePort)
    .option('--target-port <port>', "the guest's port; the Service's unless given")
    .option('--port-name <name>', 'name of the port')
    .option('--protocol <protocol>', 'TCP, UDP or SCTP', 'TCP')
    .option('--type <type>', 'ClusterIP, NodePort or LoadBalancer', 'ClusterIP')
    .option('--cluster-ip <address>', "the Service's address, or None")
    .action((kind: string, name: string, flags: ExposeFlags, command: Command) =>
      withSession(command, async ({ client, namespace }) => {
        const resource = Object.hasOwn(kinds, kind.toLowerCase()) ? kinds[kind.toLowerCase()] : undefined;
        if (resource === undefined) throw unknownKind(kind);
        const exposed = await client.get<KubeObject>(resource, { namespace, name }, signal);
        const service = serviceOf(namespace, selectorOf(resource, exposed), flags);
        await client.create(services, service, signal);
        output.write(`Service ${flags.name} successfully created for ${kind} ${name}\n`);
      }),
    );
}

const unknownKind = (kind: string): MonovirtError =>
  new MonovirtError(
    'InvalidTarget',
    `${JSON.stringify(kind)} cannot be exposed: give vm, vmi or vmirs`,
    'never',
  );

/** What the pods of the exposed object carry. Pure. @throws MonovirtError NoSelector. */
export function selectorOf(resource: Resource, exposed: KubeObject): Record<string, string> {
  if (resource !== replicaSets) return { [labels.vmName]: nameLabel(exposed.metadata.name) };
  const wanted = (exposed as ReplicaSet).spec.selector.matchLabels;
  if (wanted === undefined || Object.keys(wanted).length === 0) {
    throw new MonovirtError(
      'NoSelector',
      `${exposed.metadata.name} selects by expressions, which a Service cannot: write the Service yourself`,
      'never',
    );
  }
  return wanted;
}

/** Pure. */
export function serviceOf(namespace: string, selector: Record<string, string>, flags: ExposeFlags): object {
  const target = flags.targetPort ?? String(flags.port);
  const port = {
    ...(flags.portName !== undefined && { name: flags.portName }),
    port: flags.port,
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
    protocol: flags.protocol.toUpperCase(),
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: flags.name, namespace },
    spec: {
      selector,
      type: flags.type,
      ports: [port],
      ...(flags.clusterIp !== undefined && { clusterIP: flags.clusterIp }),
    },
  };
}
