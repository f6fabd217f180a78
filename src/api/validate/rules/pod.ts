/** Rules on a VMI's spec in the order in which causes are reported: scheduling, names, probes: what is not of the domain. */
import * as affinity from '../affinity.ts';
import * as claims from '../resource-claims.ts';
import * as credentials from '../credentials.ts';
import * as dns from '../dns.ts';
import * as pod from '../pod.ts';
import * as probes from '../probes.ts';
import type { Rule } from '../rule.ts';
import * as scheduling from '../scheduling.ts';

export const podRules: readonly Rule[] = [
  pod.hostNamesAreLabels,
  pod.schedulingNamesAreNames,
  pod.graceIsNotNegative,
  pod.evictionStrategyIsKnown,
  pod.startStrategyIsKnown,
  pod.serviceAccountIsAName,
  pod.oneServiceAccount,
  pod.utilityVolumesComeLater,
  dns.dnsPolicyIsKnown,
  dns.dnsNoneHasServers,
  dns.dnsConfigIsBounded,
  dns.dnsServersAreAddresses,
  dns.dnsSearchesAreNames,
  dns.dnsOptionsAreNamed,
  probes.probeHasOneHandler,
  probes.networkProbeHasPodNetwork,
  probes.execProbeHasCommand,
  probes.execProbeCommandIsBounded,
  probes.probeNumbersAreNotNegative,
  probes.livenessSucceedsOnce,
  probes.probePortIsAPort,
  scheduling.nodeSelectorIsLabels,
  scheduling.tolerationIsPossible,
  scheduling.tolerationNamesATaint,
  scheduling.spreadIsPossible,
  scheduling.spreadActionIsKnown,
  scheduling.spreadDomainsArePossible,
  scheduling.spreadSelectorIsPossible,
  scheduling.spreadLabelKeysArePossible,
  scheduling.spreadConstraintsDiffer,
  affinity.nodeAffinityHasTerms,
  affinity.nodeAffinityIsPossible,
  affinity.nodeFieldIsItsName,
  affinity.podAffinityHasTopology,
  affinity.podAffinitySelectorIsPossible,
  affinity.podAffinityLabelKeysArePossible,
  affinity.podAffinityNamesNamespaces,
  affinity.preferencesHaveWeights,
  claims.resourceClaimIsNamed,
  claims.resourceClaimNamesDiffer,
  claims.resourceClaimHasOneSource,
  claims.resourceClaimSourceIsAName,
  credentials.credentialHasOneType,
  credentials.credentialHasOneSource,
  credentials.credentialHasOneMethod,
  credentials.credentialHasItsVolume,
  credentials.agentCredentialNamesUsers,
  credentials.agentCredentialUsersAreNames,
  credentials.credentialSecretIsAName,
];
