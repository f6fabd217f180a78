/** Rules on a VMI's spec in the order in which causes are reported: scheduling, names, probes: what is not of the domain. */
import * as pod from '../pod.ts';
import * as scheduling from '../scheduling.ts';
import type { Rule } from '../rule.ts';

export const podRules: readonly Rule[] = [
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
];
