/** Containers of a launcher pod. */
import { devices, launcherUser } from '../../api/constants.ts';
import { isGuaranteed } from '../../api/guaranteed.ts';
import type { Container, Vmi, VmiSpec } from '../../api/types.ts';
import {
  containerDiskContainer,
  guestConsoleContainer,
  guestConsolePidFile,
  kernelBootContainer,
  kernelBootVolumeName,
  layout,
} from '../../launcher/layout.ts';
import { graceSeconds } from '../../pod/grace.ts';
import { computeContainerName } from '../../pod/names.ts';
import { needsPasstProfile, passtProfile } from '../../pod/seccomp.ts';
import { containerDisks, isPositive } from './guest.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { guestProbes } from './probes.ts';
import { sidecarArguments, sidecarMounts } from './sidecars.ts';
import { computeDevices, computeMounts } from './volumes.ts';

/** What no container of a VM's pod goes beyond. */
export const restricted = {
  runAsUser: launcherUser,
  runAsGroup: launcherUser,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * Without a capability, and for a guest that mirrors memory nodes with one that nobody holds: runtimes let QEMU bind
 * memory to a node only in containers that list it.
 */
function computeSecurity(
  spec: VmiSpec,
  { cluster }: LauncherConfig,
): NonNullable<Container['securityContext']> {
  const confined = { ...restricted, ...seccompOf(spec, cluster.seccompProfile) };
  if (spec.domain.cpu?.numa?.guestMappingPassthrough === undefined) return confined;
  return { ...confined, capabilities: { ...confined.capabilities, add: ['SYS_NICE'] } };
}

/** The pod's, but for passt: see there. A profile that the cluster's owner chose holds for everything. */
function seccompOf(spec: VmiSpec, chosen: string | undefined): Container['securityContext'] {
  if (chosen !== undefined || !needsPasstProfile(spec)) return {};
  return { seccompProfile: { type: 'Localhost', localhostProfile: passtProfile } };
}

/** So that `kubectl exec … virsh list` finds the pod's own libvirtd. */
const libvirtEnvironment = [
  { name: 'XDG_RUNTIME_DIR', value: layout.libvirtRuntimeDir },
  { name: 'XDG_CACHE_HOME', value: layout.libvirtCacheDir },
];

/** Container 0: the launcher with libvirt and QEMU. */
export function computeContainer(
  vmi: Vmi,
  config: LauncherConfig,
  resources: Container['resources'],
): Container {
  const { name, namespace = 'default', uid } = vmi.metadata;
  const volumeDevices = computeDevices(vmi);
  return {
    name: computeContainerName,
    image: config.image,
    imagePullPolicy: config.cluster.imagePullPolicy,
    command: [
      'monovirt',
      '--role',
      'launcher',
      '--namespace',
      namespace,
      '--name',
      name,
      '--uid',
      uid,
      '--grace-period-seconds',
      String(graceSeconds(vmi.spec)),
      ...(config.cluster.useEmulation ? ['--emulation'] : []),
      ...(config.cluster.smbios ? ['--smbios', JSON.stringify(config.cluster.smbios)] : []),
      ...sidecarArguments(vmi.spec, config.cluster),
    ],
    env: libvirtEnvironment,
    resources,
    volumeMounts: [...computeMounts(vmi), ...sidecarMounts(vmi.spec, config.cluster)],
    ...(volumeDevices === undefined ? {} : { volumeDevices }),
    ports: guestPorts(vmi.spec),
    ...guestProbes(vmi.spec),
    securityContext: computeSecurity(vmi.spec, config),
    // What the launcher said last is then in the pod's status, even when its logs are gone.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** One container for each container disk, one for kernel and initrd, and one for the console's log where asked for. */
export function sideContainers(spec: VmiSpec, config: LauncherConfig): Container[] {
  const boot = spec.domain.firmware?.kernelBoot?.container;
  const resources = sideResources(spec);
  const disks = containerDisks(spec).map(({ name, disk }) =>
    sideContainer({ name: containerDiskContainer(name), volume: name, resources }, disk),
  );
  const own = { name: kernelBootContainer, volume: kernelBootVolumeName, resources };
  return [
    ...disks,
    ...(boot === undefined ? [] : [sideContainer(own, boot)]),
    ...consoleLog(spec, config, resources),
  ];
}

/** Only for VMIs that ask for it: the same log is in the compute container, and a container takes its time to start. */
function consoleLog(
  { domain: { devices: wanted } }: VmiSpec,
  { image, cluster: { imagePullPolicy } }: LauncherConfig,
  resources: Container['resources'],
): Container[] {
  if (wanted.logSerialConsole !== true || wanted.autoattachSerialConsole === false) return [];
  const own = { name: guestConsoleContainer, volume: guestConsolePidFile, resources };
  return [sideContainer(own, { image, imagePullPolicy })];
}

/**
 * The process needs pages, not megabytes; starting a container takes runc a few. runc's start also counts against a
 * limit on processor time: under KubeVirt's 10m it takes more than a second. So there is a limit only where the
 * VMI has one, which is where a quota may demand it. A pod is Guaranteed, and has whole processors, only when all of
 * its containers request what they are limited to.
 */
function sideResources(spec: VmiSpec): NonNullable<Container['resources']> {
  const guaranteed = isGuaranteed(spec);
  const limited = guaranteed || isPositive(spec.domain.resources?.limits?.cpu);
  const limits = { ...(limited ? { cpu: '100m' } : {}), memory: '40M', [devices.containerDisk]: '1' };
  const requests = guaranteed ? { cpu: '100m', memory: '40M' } : { cpu: '1m', memory: '1M' };
  return { requests, limits };
}

function sideContainer(
  { name, volume, resources }: { name: string; volume: string; resources: Container['resources'] },
  source: { image: string; imagePullPolicy?: Container['imagePullPolicy'] },
): Container {
  return {
    name,
    image: source.image,
    ...(source.imagePullPolicy === undefined ? {} : { imagePullPolicy: source.imagePullPolicy }),
    command: [layout.holdBinary, `${layout.holdPidDir}/${volume}`],
    resources,
    volumeMounts: [{ name: layout.containerDiskVolume, mountPath: layout.holdPidDir }],
    securityContext: restricted,
  };
}

/** Ports that interfaces name; informative, as in any pod. */
function guestPorts(spec: VmiSpec): NonNullable<Container['ports']> {
  return (spec.domain.devices.interfaces ?? []).flatMap((iface) =>
    (iface.ports ?? []).map((port) => ({
      containerPort: port.port,
      protocol: port.protocol?.toUpperCase() === 'UDP' ? 'UDP' : 'TCP',
      ...(port.name === undefined ? {} : { name: port.name }),
    })),
  );
}
