/** Which objects a VM or its instance hangs on, as a tree. Pure; kinds and labels are KubeVirt's. */
import type { V1ObjectGraphNode } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Vm, Vmi, VmiSpec, Volume } from '../api/types.ts';

export type GraphNode = V1ObjectGraphNode;

/** Label by which parts of a graph are chosen. */
const dependencyLabel = 'kubevirt.io/dependency-type';

type Dependency = 'storage' | 'network' | 'compute' | 'config';

const kinds = {
  VirtualMachine: ['kubevirt.io', 'compute'],
  VirtualMachineInstance: ['kubevirt.io', 'compute'],
  VirtualMachineInstancetype: ['instancetype.kubevirt.io', 'config'],
  VirtualMachineClusterInstancetype: ['instancetype.kubevirt.io', 'config'],
  VirtualMachinePreference: ['instancetype.kubevirt.io', 'config'],
  VirtualMachineClusterPreference: ['instancetype.kubevirt.io', 'config'],
  DataVolume: ['cdi.kubevirt.io', 'storage'],
  ControllerRevision: ['apps', 'config'],
  ConfigMap: ['', 'config'],
  PersistentVolumeClaim: ['', 'storage'],
  ServiceAccount: ['', 'config'],
  Secret: ['', 'config'],
  Pod: ['', 'compute'],
  NetworkAttachmentDefinition: ['k8s.cni.cncf.io', 'network'],
} as const satisfies Record<string, readonly [group: string, dependency: Dependency]>;

type Kind = keyof typeof kinds;

interface Place {
  name: string | undefined;
  namespace: string;
}

/** @returns a list, so that what names nothing adds nothing. */
function node(kind: Kind, { name, namespace }: Place, rest: Partial<GraphNode> = {}): GraphNode[] {
  if (name === undefined || name === '') return [];
  const [apiGroup, dependency] = kinds[kind];
  return [
    {
      objectReference: { apiGroup, kind, name, namespace },
      labels: { [dependencyLabel]: dependency },
      ...rest,
    },
  ];
}

/** @param podName of the launcher, if there is one. */
export function graphOfVm(vm: Vm, podName: string | undefined): GraphNode | undefined {
  const namespace = vm.metadata.namespace ?? '';
  const own = { name: vm.metadata.name, namespace };
  const pod = node('Pod', { name: podName, namespace });
  const instance = vm.status?.created === true ? node('VirtualMachineInstance', own, { children: pod }) : [];
  const children = [
    ...instance,
    ...matched(vm.spec.instancetype, vm.status?.instancetypeRef, { namespace, kind: 'Instancetype' }),
    ...matched(vm.spec.preference, vm.status?.preferenceRef, { namespace, kind: 'Preference' }),
    ...partsOf(vm.spec.template.spec, namespace),
  ];
  return node('VirtualMachine', own, { children })[0];
}

/** @param podName of the launcher, if there is one. */
export function graphOfVmi(vmi: Vmi, podName: string | undefined): GraphNode | undefined {
  const namespace = vmi.metadata.namespace ?? '';
  const children = [...node('Pod', { name: podName, namespace }), ...partsOf(vmi.spec, namespace)];
  return node('VirtualMachineInstance', { name: vmi.metadata.name, namespace }, { children })[0];
}

/** An instancetype or preference is optional: what was taken from it is kept in the revision. */
function matched(
  matcher: { kind?: string; name?: string; revisionName?: string } | undefined,
  reference: { controllerRevisionRef?: { name?: string } } | undefined,
  { namespace, kind }: { namespace: string; kind: 'Instancetype' | 'Preference' },
): GraphNode[] {
  if (matcher === undefined) return [];
  const inNamespace = matcher.kind?.toLowerCase() === `virtualmachine${kind}`.toLowerCase();
  const object = inNamespace
    ? node(`VirtualMachine${kind}`, { name: matcher.name, namespace }, { optional: true })
    : node(`VirtualMachineCluster${kind}`, { name: matcher.name, namespace: '' }, { optional: true });
  const revision = reference === undefined ? matcher.revisionName : reference.controllerRevisionRef?.name;
  return [...object, ...node('ControllerRevision', { name: revision, namespace })];
}

function partsOf(spec: VmiSpec | undefined, namespace: string): GraphNode[] {
  const credentials = (spec?.accessCredentials ?? []).flatMap(({ sshPublicKey, userPassword }) =>
    node('Secret', { name: (sshPublicKey ?? userPassword)?.source.secret?.secretName, namespace }),
  );
  const volumes = (spec?.volumes ?? []).flatMap((volume) => volumeNodes(volume, namespace));
  const networks = (spec?.networks ?? []).flatMap(({ multus }) =>
    networkNodes(multus?.networkName, namespace),
  );
  return [...credentials, ...volumes, ...networks];
}

function volumeNodes(volume: Volume, namespace: string): GraphNode[] {
  const named = (kind: Kind, name: string | undefined): GraphNode[] => node(kind, { name, namespace });
  const disk = volume.dataVolume?.name;
  const claim = named('PersistentVolumeClaim', disk);
  return [
    ...node('DataVolume', { name: disk, namespace }, { children: claim }),
    ...named('PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName),
    ...named('ConfigMap', volume.configMap?.name),
    ...named('Secret', volume.secret?.secretName),
    ...named('ServiceAccount', volume.serviceAccount?.serviceAccountName),
    ...cloudInitSecrets(volume).flatMap((name) => named('Secret', name)),
  ];
}

function cloudInitSecrets({ cloudInitNoCloud, cloudInitConfigDrive }: Volume): (string | undefined)[] {
  const source = cloudInitNoCloud ?? cloudInitConfigDrive;
  return [source?.secretRef?.name, source?.networkDataSecretRef?.name];
}

function networkNodes(networkName: string | undefined, namespace: string): GraphNode[] {
  const [first = '', second] = (networkName ?? '').split('/');
  const place = second === undefined ? { name: first, namespace } : { name: second, namespace: first };
  return node('NetworkAttachmentDefinition', place, { optional: true });
}

/** Which nodes are wanted. */
export interface GraphFilter {
  /** Whether a graph without its optional nodes is asked for. */
  withoutOptional: boolean;
  /** Whether these labels are selected. */
  selects: (labels: Readonly<Record<string, string>>) => boolean;
}

/** The graph below its root without what is not wanted, and without what hangs on that. */
export function filtered(root: GraphNode, filter: GraphFilter): GraphNode {
  const wanted = (child: GraphNode): boolean =>
    !(filter.withoutOptional && child.optional === true) && filter.selects(child.labels ?? {});
  if (root.children === undefined) return root;
  return { ...root, children: root.children.filter(wanted).map((child) => filtered(child, filter)) };
}
