/** Rules on a VMI's spec in the order in which causes are reported: devices other than disks and network interfaces. */
import * as devices from '../devices.ts';
import * as filesystems from '../filesystems.ts';
import * as host from '../host-devices.ts';
import type { Rule } from '../rule.ts';

export const deviceRules: readonly Rule[] = [
  devices.inputBusIsKnown,
  devices.inputIsATablet,
  devices.inputNamesDiffer,
  devices.watchdogActionIsKnown,
  devices.watchdogIsOfAPc,
  devices.videoTypeFitsArchitecture,
  devices.videoHasAScreen,
  devices.soundModelIsKnown,
  devices.soundHasAName,
  devices.panicModelIsKnown,
  devices.panicModelsDiffer,
  devices.panicFitsArchitecture,
  devices.armPanicIsPvpanic,
  devices.firmwareHasItsSerialPort,
  devices.vsockGateIsOpen,
  devices.downwardMetricsGateIsOpen,
  devices.virtiofsGateIsOpen,
  filesystems.filesystemNamesDiffer,
  filesystems.filesystemHasVolume,
  filesystems.filesystemIsVirtiofs,
  filesystems.filesystemNameFits,
  filesystems.filesystemIsOfFiles,
  filesystems.sharedClaimIsNoDisk,
  host.hostDevicesGateIsOpen,
  host.passedDeviceNamesDiffer,
  host.passedDeviceHasASource,
  host.passedDeviceHasOneSource,
  host.gpusAreOfOneKind,
  host.claimedDevicesGateIsOpen,
  host.claimedDeviceIsNamed,
  host.claimedRequestsDiffer,
  host.claimedDevicesAreListed,
  host.passedDeviceIsPermitted,
  host.oneGpuShowsFirmware,
];
