/** What this release honours of a VMI's spec: volumes and disks. */
import type { Area } from './area.ts';

const atStart = 'volumes are attached when the guest starts; remove it';

export const storage: Area = {
  paths: `
  domain.devices.disks[].name domain.devices.disks[].bootOrder domain.devices.disks[].serial
  domain.devices.disks[].cache domain.devices.disks[].io domain.devices.disks[].errorPolicy
  domain.devices.disks[].shareable domain.devices.disks[].dedicatedIOThread
  domain.devices.disks[].blockSize.custom.**
  domain.devices.disks[].blockSize.matchVolume.** domain.devices.disks[].disk.pciAddress
  domain.devices.disks[].disk.bus domain.devices.disks[].disk.readonly domain.devices.disks[].cdrom.**
  domain.devices.disks[].lun.bus domain.devices.disks[].lun.readonly
  volumes[].name volumes[].containerDisk.** volumes[].emptyDisk.** volumes[].cloudInitNoCloud.**
  volumes[].cloudInitConfigDrive.** volumes[].persistentVolumeClaim.claimName
  volumes[].persistentVolumeClaim.readOnly volumes[].dataVolume.name
  volumes[].ephemeral.persistentVolumeClaim.** volumes[].hostDisk.** volumes[].configMap.**
  volumes[].secret.** volumes[].serviceAccount.** volumes[].downwardAPI.** volumes[].sysprep.**
  accessCredentials[].sshPublicKey.source.secret.secretName
  accessCredentials[].sshPublicKey.propagationMethod.noCloud.**
  accessCredentials[].sshPublicKey.propagationMethod.configDrive.**
  accessCredentials[].sshPublicKey.propagationMethod.qemuGuestAgent.**
  accessCredentials[].userPassword.source.secret.secretName
  accessCredentials[].userPassword.propagationMethod.qemuGuestAgent.**`,
  remedies: {
    'volumes.persistentVolumeClaim.hotpluggable': atStart,
    'volumes.dataVolume.hotpluggable': atStart,
    'volumes.downwardMetrics': 'hand figures of the node to the guest over the network',
    'volumes.memoryDump': 'remove it; memory is not dumped to claims',
    'volumes.containerPath': 'put the files into a configMap, a secret or a containerDisk',
    'domain.devices.disks.lun.reservation':
      'remove it; SCSI reservations need a helper that may touch devices of the node',
    'domain.devices.disks.tag': 'set serial, and find the disk by it in /dev/disk/by-id',
    'domain.devices.disks.changedBlockTracking': 'remove it; backups are made of the storage beneath',
  },
};
