/** What this release honours of a VMI's spec: volumes and disks. */
import type { Area } from './area.ts';

const image = 'put the disk into a container image and use containerDisk';

export const storage: Area = {
  paths: `
  domain.devices.disks[].name domain.devices.disks[].bootOrder domain.devices.disks[].serial
  domain.devices.disks[].cache domain.devices.disks[].io domain.devices.disks[].errorPolicy
  domain.devices.disks[].blockSize.custom.** domain.devices.disks[].disk.pciAddress
  domain.devices.disks[].disk.bus domain.devices.disks[].disk.readonly domain.devices.disks[].cdrom.**
  volumes[].name volumes[].containerDisk.** volumes[].emptyDisk.** volumes[].cloudInitNoCloud.**`,
  remedies: {
    'volumes.persistentVolumeClaim': image,
    'volumes.dataVolume': image,
    'volumes.ephemeral': image,
    'volumes.hostDisk': `${image}, or use emptyDisk for scratch space`,
    'volumes.cloudInitConfigDrive': 'use cloudInitNoCloud, which takes the same data',
    'volumes.configMap': 'hand the data to the guest with cloudInitNoCloud',
    'volumes.secret': 'hand the data to the guest with cloudInitNoCloud and a secretRef',
    'domain.devices.disks.lun': 'use disk: {}',
  },
};
