/** What `KubeVirt.spec.configuration` means, typed and with every default filled in. */
import { registeredPlugins } from './binding-plugins.ts';
import type { BindingPlugins } from './binding-plugins.ts';
import { gatesInForce } from './feature-gates.ts';
import type { KubeVirtConfiguration, KubeVirtManifest } from './manifests.ts';
import { smbiosOf } from './smbios.ts';
import type { Smbios } from './smbios.ts';
import { permittedDevices } from './permitted-devices.ts';
import { defined } from '../support/defined.ts';

export type EvictionStrategy = 'None' | 'LiveMigrate' | 'LiveMigrateIfPossible' | 'External';
export type ImagePullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface ClusterConfig {
  /** Guests may run without KVM. Slow, but works on any node. */
  readonly useEmulation: boolean;
  readonly architecture: string;
  /** Machine type of guests that name none. */
  readonly machineType: string;
  /** Machine types that guests may name; `*` matches anything. */
  readonly emulatedMachines: readonly string[];
  /** CPU model of guests that name none. */
  readonly cpuModel: string;
  /** Who guests believe made their computer, when it is not KubeVirt. */
  readonly smbios?: Smbios;
  /** CPU request of guests that state no CPU at all. */
  readonly cpuRequest: string;
  /** Virtual CPUs that share one physical CPU's request. */
  readonly cpuAllocationRatio: number;
  /** Per cent of the guest's memory that is requested is 100 / this * 100. */
  readonly memoryOvercommit: number;
  /** Factor on the computed overhead of a launcher pod. */
  readonly memoryOverheadRatio: number;
  readonly evictionStrategy: EvictionStrategy;
  /** Binding of the interface that guests get which say nothing about networks. */
  readonly defaultInterface: 'bridge' | 'masquerade';
  /** Guests may take their pods' place on the pod network. */
  readonly bridgeOnPodNetwork: boolean;
  /** Feature gates in force, by name. */
  readonly featureGates: ReadonlySet<string>;
  /** What guests write to their serial consoles goes to the log of their pods, unless they say otherwise. */
  readonly serialConsoleLog: boolean;
  /** `runtimeClassName` of launcher pods; the cluster's own without it. */
  readonly runtimeClass?: string;
  /** SELinux type of launcher pods; the runtime's own without it. */
  readonly seLinuxType?: string;
  /** Seccomp profile of launcher pods, a file below the kubelet's directory; the runtime's own without it. */
  readonly seccompProfile?: string;
  /** Pull policy of our own image. */
  readonly imagePullPolicy: ImagePullPolicy;
  /** Added to every launcher pod's node selector. */
  readonly nodeSelectors: Readonly<Record<string, string>>;
  /** Resources of the nodes' devices that guests may have. */
  readonly permittedDevices: ReadonlySet<string>;
  /** Network binding plug-ins, by the names they are registered under. */
  readonly bindingPlugins: BindingPlugins;
}

/** The configuration of a cluster whose KubeVirt object says nothing. */
export const defaultConfig: ClusterConfig = {
  useEmulation: false,
  architecture: 'amd64',
  machineType: 'q35',
  emulatedMachines: ['q35*', 'pc-q35*'],
  cpuModel: 'host-model',
  cpuRequest: '100m',
  cpuAllocationRatio: 10,
  memoryOvercommit: 100,
  memoryOverheadRatio: 1,
  evictionStrategy: 'None',
  defaultInterface: 'masquerade',
  bridgeOnPodNetwork: true,
  featureGates: gatesInForce(),
  serialConsoleLog: true,
  imagePullPolicy: 'IfNotPresent',
  nodeSelectors: {},
  permittedDevices: new Set(),
  bindingPlugins: {},
};

/** What a KubeVirt object that admission has accepted means; without one, the defaults. */
export function clusterConfigOf(kubeVirt: KubeVirtManifest | undefined): ClusterConfig {
  const { configuration, imagePullPolicy } = kubeVirt?.spec ?? {};
  return clusterConfig({ ...(imagePullPolicy && { imagePullPolicy }), ...configuration });
}

/** Reads the configuration of a KubeVirt object that admission has accepted. Pure; unset fields get defaults. */
export function clusterConfig(configuration: KubeVirtConfiguration = {}): ClusterConfig {
  return {
    ...defaultConfig,
    ...defined({
      ...machines(configuration),
      ...developer(configuration.developerConfiguration ?? {}),
      cpuModel: configuration.cpuModel,
      smbios: configuration.smbios && smbiosOf({ ...configuration.smbios }),
      cpuRequest: configuration.cpuRequest,
      memoryOverheadRatio: ratio(configuration.additionalGuestMemoryOverheadRatio),
      evictionStrategy: configuration.evictionStrategy as EvictionStrategy | undefined,
      defaultInterface: configuration.network?.defaultNetworkInterface as 'bridge' | 'masquerade' | undefined,
      bridgeOnPodNetwork: configuration.network?.permitBridgeInterfaceOnPodNetwork,
      ...pods(configuration),
      imagePullPolicy: configuration.imagePullPolicy,
      permittedDevices: permittedDevices(configuration),
      bindingPlugins: registeredPlugins(configuration),
    }),
  };
}

function machines(configuration: KubeVirtConfiguration): Partial<ClusterConfig> {
  const amd64 = configuration.architectureConfiguration?.amd64;
  return defined({
    machineType: amd64?.machineType ?? configuration.machineType,
    emulatedMachines: amd64?.emulatedMachines ?? configuration.emulatedMachines,
  });
}

function pods(configuration: KubeVirtConfiguration): Partial<ClusterConfig> {
  const profile = configuration.seccompConfiguration?.virtualMachineInstanceProfile?.customProfile;
  return defined({
    serialConsoleLog: configuration.virtualMachineOptions?.disableSerialConsoleLog === undefined,
    runtimeClass: configuration.defaultRuntimeClass,
    seLinuxType: configuration.selinuxLauncherType,
    seccompProfile: profile?.localhostProfile,
  });
}

function developer(
  configuration: NonNullable<KubeVirtConfiguration['developerConfiguration']>,
): Partial<ClusterConfig> {
  return defined({
    useEmulation: configuration.useEmulation,
    cpuAllocationRatio: configuration.cpuAllocationRatio,
    memoryOvercommit: configuration.memoryOvercommit,
    featureGates: gatesInForce(configuration),
    nodeSelectors: configuration.nodeSelectors,
  });
}

function ratio(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}
