/** Rules on a VMI's spec in the order in which causes are reported: volumes and disks. */
import * as volumes from '../volumes.ts';
import * as cloudInit from '../cloud-init.ts';
import * as disks from '../disks.ts';
import * as geometry from '../disk-geometry.ts';
import type { Rule } from '../rule.ts';

export const storageRules: readonly Rule[] = [
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
];
