/** What this release honours of a VMI's spec: devices other than disks and network interfaces. */
import type { Area } from './area.ts';

export const devices: Area = {
  paths: `
  domain.devices.rng.** domain.devices.inputs[].** domain.devices.watchdog.name
  domain.devices.watchdog.i6300esb.** domain.devices.autoattachGraphicsDevice
  domain.devices.autoattachSerialConsole domain.devices.autoattachMemBalloon
  domain.devices.useVirtioTransitional domain.devices.disableHotplug`,
  remedies: {},
};
