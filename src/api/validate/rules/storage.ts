/** Rules on a VMI's spec in the order in which causes are reported: volumes and disks. */
import * as claims from '../claims.ts';
import * as configVolumes from '../config-volumes.ts';
import * as volumes from '../volumes.ts';
import * as cloudInit from '../cloud-init.ts';
import * as disks from '../disks.ts';
import * as diskVolumes from '../disk-volumes.ts';
import * as geometry from '../disk-geometry.ts';
import type { Rule } from '../rule.ts';

export const storageRules: readonly Rule[] = [
  volumes.volumeNamesDiffer,
  volumes.volumeHasOneSource,
  volumes.volumeNamesFitThePod,
  volumes.volumeNameIsFree,
  volumes.containerDiskIsComplete,
  volumes.emptyDiskHasCapacity,
  claims.claimIsNamed,
  claims.dataVolumeIsNamed,
  claims.hostDiskIsEnabled,
  claims.hostDiskHasPath,
  claims.hostDiskTypeIsKnown,
  claims.hostDiskCapacityFits,
  configVolumes.configMapIsNamed,
  configVolumes.secretIsNamed,
  configVolumes.serviceAccountIsNamed,
  configVolumes.oneServiceAccount,
  configVolumes.sysprepHasOneSource,
  configVolumes.volumeLabelFits,
  configVolumes.downwardFieldIsKnown,
  cloudInit.oneUserDataSource,
  cloudInit.oneNetworkDataSource,
  cloudInit.someCloudInitData,
  cloudInit.cloudInitIsBase64,
  cloudInit.cloudInitFits,
  cloudInit.cloudInitSecretsAreNamed,
  cloudInit.oneCloudInitVolume,
  cloudInit.sshKeysAreNamed,
  disks.diskNamesDiffer,
  disks.diskHasVolume,
  disks.diskNameIsALabel,
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
  disks.ioThreadIsPossible,
  disks.bootOrderIsPositive,
  disks.bootOrdersDiffer,
  geometry.errorPolicyIsKnown,
  geometry.diskPciAddressIsUsable,
  geometry.blockSizesArePossible,
  geometry.blockSizesFit,
  geometry.oneBlockSize,
  diskVolumes.lunIsAClaim,
  diskVolumes.lunIsOnScsi,
  diskVolumes.sharedDiskIsShareable,
  diskVolumes.readonlyClaimCanBeShown,
];
