/** What this release honours of a VMI's spec: devices other than disks and network interfaces. */
import type { Area } from './area.ts';

const fromTheNode =
  'remove it: launcher pods of this release have no right to lock the memory that a device of the node needs';

export const devices: Area = {
  paths: `
  domain.devices.rng.** domain.devices.inputs[].** domain.devices.watchdog.** domain.devices.sound.**
  domain.devices.video.** domain.devices.panicDevices[].** domain.devices.tpm.enabled
  domain.devices.autoattachGraphicsDevice domain.devices.autoattachInputDevice
  domain.devices.autoattachSerialConsole domain.devices.autoattachMemBalloon domain.devices.logSerialConsole
  domain.devices.useVirtioTransitional domain.devices.disableHotplug domain.devices.blockMultiQueue
  domain.devices.filesystems[].name domain.devices.filesystems[].virtiofs.**`,
  remedies: {
    'domain.devices.tpm.persistent': 'remove it: each start begins with an empty TPM',
    'domain.devices.clientPassthrough': 'remove it: no client can reach a guest with its USB devices',
    'domain.devices.autoattachVSOCK': 'remove it, and reach the guest over its network',
    'domain.devices.downwardMetrics':
      "remove it, and read the node's metrics from its monitoring instead of from inside the guest",
    'domain.devices.gpus': fromTheNode,
    'domain.devices.hostDevices': fromTheNode,
  },
};
