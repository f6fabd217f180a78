/** Rules on a VMI's spec in the order in which causes are reported: CPU, memory, firmware, features and clock. */
import * as memory from '../memory.ts';
import * as platform from '../platform.ts';
import type { Rule } from '../rule.ts';

export const domainRules: readonly Rule[] = [
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
];
