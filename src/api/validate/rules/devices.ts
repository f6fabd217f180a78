/** Rules on a VMI's spec in the order in which causes are reported: devices other than disks and network interfaces. */
import * as devices from '../devices.ts';
import type { Rule } from '../rule.ts';

export const deviceRules: readonly Rule[] = [
  devices.inputBusIsKnown,
  devices.inputIsATablet,
  devices.inputNamesDiffer,
  devices.watchdogActionIsKnown,
];
