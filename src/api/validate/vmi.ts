/** Validation of VirtualMachineInstances. */
import type { ClusterConfig } from '../cluster-config.ts';
import type { VmiManifest } from '../manifests.ts';
import { sameJson } from '../same-json.ts';
import { forbidden } from './cause.ts';
import type { Cause } from './cause.ts';
import * as cloudInit from './cloud-init.ts';
import * as devices from './devices.ts';
import * as geometry from './disk-geometry.ts';
import * as disks from './disks.ts';
import { fieldsAreHonoured } from './honoured-vmi.ts';
import * as interfaces from './interfaces.ts';
import * as memory from './memory.ts';
import { metadataRules } from './metadata.ts';
import type { MetadataContext } from './metadata.ts';
import * as networks from './networks.ts';
import * as platform from './platform.ts';
import * as pod from './pod.ts';
import { check } from './rule.ts';
import * as scheduling from './scheduling.ts';
import type { Rule, SpecContext } from './rule.ts';
import * as volumes from './volumes.ts';

/** Every rule on a VMI's spec, in the order in which causes are reported. */
export const specRules: readonly Rule[] = [
  memory.memoryIsRequested,
  memory.amountsAreQuantities,
  memory.amountsAreNotNegative,
  memory.requestedMemoryIsEnough,
  memory.guestMemoryIsEnough,
  memory.memoryRequestWithinLimit,
  memory.guestMemoryWithinLimit,
  memory.cpuRequestWithinLimit,
  platform.architectureIsOurs,
  platform.machineIsAllowed,
  platform.cpusAreWithinMachine,
  platform.cpuModelIsAName,
  platform.oneBootloader,
  platform.firmwareUuidIsAUuid,
  platform.firmwareSerialIsPlain,
  platform.kernelBootHasAKernel,
  platform.kernelBootPathsArePlain,
  platform.timersAreKnown,
  platform.oneClock,
  volumes.volumeNamesDiffer,
  volumes.volumeHasOneSource,
  volumes.volumeIsUsed,
  volumes.volumeNamesFitThePod,
  volumes.volumeNameIsFree,
  volumes.containerDiskIsComplete,
  volumes.emptyDiskHasCapacity,
  cloudInit.oneUserDataSource,
  cloudInit.oneNetworkDataSource,
  cloudInit.someCloudInitData,
  cloudInit.cloudInitIsBase64,
  cloudInit.cloudInitFits,
  cloudInit.cloudInitSecretsAreNamed,
  cloudInit.oneCloudInitVolume,
  disks.diskNamesDiffer,
  disks.diskHasVolume,
  disks.diskHasOneTarget,
  disks.diskBusIsSupported,
  disks.cdromBusIsSupported,
  disks.readonlyDiskBusIsSupported,
  disks.cdromIsReadonly,
  disks.trayIsOpenOrClosed,
  disks.diskSerialIsPlain,
  disks.diskCacheIsKnown,
  disks.diskIoIsKnown,
  disks.nativeIoIsUncached,
  disks.bootOrderIsPositive,
  disks.bootOrdersDiffer,
  geometry.errorPolicyIsKnown,
  geometry.diskPciAddressIsUsable,
  geometry.blockSizesArePossible,
  geometry.blockSizesFit,
  networks.networkHasInterface,
  networks.interfaceHasNetwork,
  networks.networkNamesDiffer,
  networks.interfaceNamesDiffer,
  networks.networkHasOneType,
  networks.onePodNetwork,
  networks.podCidrIsANetwork,
  interfaces.interfaceNameIsPlain,
  interfaces.interfaceHasOneBinding,
  interfaces.bindingIsNotDiscontinued,
  interfaces.masqueradeIsOnPodNetwork,
  interfaces.interfaceModelIsKnown,
  interfaces.macAddressIsUsable,
  interfaces.interfacePciAddressIsWellFormed,
  interfaces.acpiIndexIsPositive,
  interfaces.portIsInRange,
  interfaces.portProtocolIsKnown,
  interfaces.portNameIsAName,
  interfaces.portNamesDiffer,
  devices.inputBusIsKnown,
  devices.inputIsATablet,
  devices.inputNamesDiffer,
  devices.watchdogActionIsKnown,
  pod.hostNamesAreLabels,
  pod.schedulingNamesAreNames,
  pod.graceIsNotNegative,
  pod.evictionStrategyIsKnown,
  pod.startStrategyIsKnown,
  pod.dnsNoneHasServers,
  pod.dnsConfigIsBounded,
  pod.dnsServersAreAddresses,
  pod.probeHasOneHandler,
  pod.networkProbeHasPodNetwork,
  scheduling.nodeSelectorIsLabels,
  scheduling.tolerationIsPossible,
  scheduling.spreadIsPossible,
  scheduling.nodeAffinityHasTerms,
  scheduling.nodeAffinityIsPossible,
  scheduling.podAffinityHasTopology,
  scheduling.preferencesHaveWeights,
  fieldsAreHonoured,
];

/** All that is wrong with a VMI spec whose defaults are filled in. Total on objects that match the schema. */
export function validateVmiSpec(context: SpecContext): Cause[] {
  return check(specRules, context);
}

export function validateMetadata(context: MetadataContext): Cause[] {
  return check<MetadataContext>(metadataRules, context);
}

/**
 * All that is wrong with a new VMI whose defaults are filled in.
 * @param trusted the request comes from a component of ours, which may set reserved labels
 */
export function validateVmi(vmi: VmiManifest, config: ClusterConfig, trusted: boolean): Cause[] {
  return [
    ...validateMetadata({ metadata: vmi.metadata, path: 'metadata', trusted }),
    ...validateVmiSpec({ spec: vmi.spec, path: 'spec', config }),
  ];
}

/** What is wrong with a change to a VMI: its spec is what runs, and only components may follow what runs. */
export function validateVmiUpdate(vmi: VmiManifest, old: VmiManifest, trusted: boolean): Cause[] {
  if (trusted) return [];
  const causes: Cause[] = [];
  if (!sameJson(vmi.spec, old.spec)) {
    causes.push(
      forbidden(
        'spec',
        'update of VMI object is restricted; change the VirtualMachine, or make a new instance',
      ),
    );
  }
  if (!sameJson(reservedLabels(vmi), reservedLabels(old))) {
    causes.push(
      forbidden(
        'metadata.labels',
        'modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited; leave them as they are',
      ),
    );
  }
  return causes;
}

function reservedLabels(vmi: VmiManifest): [string, string][] {
  const names = ['kubevirt.io/created-by', 'kubevirt.io/nodeName'];
  return Object.entries(vmi.metadata?.labels ?? {}).filter(([name]) => names.includes(name));
}
