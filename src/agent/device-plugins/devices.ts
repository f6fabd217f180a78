/** The device plugins of a node: what each offers and what the kubelet adds to a container that asks. */
import { devices } from '../../api/constants.ts';
import { dirname } from 'node:path';
import { layout } from '../../launcher/layout.ts';
import type { Allocation } from './messages.ts';

/** How many containers may share one device node; KubeVirt's number. */
const shares = 1000;

/** One extended resource. */
export interface PluginSpec {
  resourceName: string;
  /** Name of the plugin's socket in the kubelet's device plugin directory. */
  endpoint: string;
  /** Containers that may hold the resource at a time. */
  count: number;
  /** File that has to exist on the host, as the agent sees it; the resource is unhealthy without it. */
  requires: string;
  /** What one container gets. */
  allocation: Allocation;
}

/** Paths that differ between a node and a test. */
export interface DevicePaths {
  /** Where the agent sees the host's device nodes. */
  deviceDir: string;
  /** Directory with the static helper, on the host and as the agent sees it. */
  hostHoldDir: string;
  holdDir: string;
  /** Directory of the host that launchers see read-only; without one they see none. */
  hostCacheDir: string | undefined;
}

/** Every plugin that a node may offer; one whose file is missing is served but advertises nothing. */
export function pluginSpecs(paths: DevicePaths): PluginSpec[] {
  const node = (resourceName: string, name: string): PluginSpec => ({
    resourceName,
    endpoint: endpointOf(resourceName),
    count: shares,
    requires: `${paths.deviceDir}/${name}`,
    allocation: {
      devices: [{ hostPath: `/dev/${name}`, containerPath: `/dev/${name}`, permissions: 'mrw' }],
      mounts: [],
    },
  });
  return [
    node(devices.kvm, 'kvm'),
    node(devices.tun, 'net/tun'),
    node(devices.vhostNet, 'vhost-net'),
    {
      resourceName: devices.containerDisk,
      endpoint: endpointOf(devices.containerDisk),
      count: shares,
      requires: `${paths.holdDir}/hold`,
      allocation: {
        devices: [],
        mounts: [{ hostPath: paths.hostHoldDir, containerPath: dirname(layout.holdBinary), readOnly: true }],
      },
    },
    {
      resourceName: devices.launcher,
      endpoint: endpointOf(devices.launcher),
      count: shares,
      // On every node: the resource says that an agent is up, whether it has anything to show or not.
      requires: `${paths.deviceDir}/null`,
      allocation: { devices: [], mounts: cacheMounts(paths) },
    },
  ];
}

/**
 * The directory as a whole, not what is current in it: the kubelet keeps an allocation for as long as the pod
 * lives, and a container cannot start without the source of its mount.
 */
const cacheMounts = ({ hostCacheDir }: DevicePaths): Allocation['mounts'] =>
  hostCacheDir === undefined
    ? []
    : [{ hostPath: hostCacheDir, containerPath: layout.cacheDir, readOnly: true }];

/** `devices.kubevirt.io/kvm` becomes `devices.kubevirt.io-kvm.sock`. */
const endpointOf = (resourceName: string): string => `${resourceName.replace('/', '-')}.sock`;
