/** What this release honours of a VMI's spec: scheduling, names, probes: what is not of the domain. */
import type { Area } from './area.ts';

/** The paths of utilityVolumes are here because a rule of their own refuses them. */
export const pod: Area = {
  paths: `
  architecture hostname subdomain dnsPolicy dnsConfig.** nodeSelector.** affinity.** tolerations.**
  topologySpreadConstraints.** priorityClassName schedulerName serviceAccountName
  terminationGracePeriodSeconds startStrategy evictionStrategy utilityVolumes[].**
  livenessProbe.httpGet.** livenessProbe.tcpSocket.** livenessProbe.exec.** livenessProbe.guestAgentPing.**
  livenessProbe.initialDelaySeconds
  livenessProbe.periodSeconds livenessProbe.timeoutSeconds livenessProbe.successThreshold
  livenessProbe.failureThreshold readinessProbe.httpGet.** readinessProbe.tcpSocket.**
  readinessProbe.exec.** readinessProbe.guestAgentPing.**
  readinessProbe.initialDelaySeconds readinessProbe.periodSeconds readinessProbe.timeoutSeconds
  readinessProbe.successThreshold readinessProbe.failureThreshold`,
  remedies: {
    resourceClaims: 'remove it: devices of the node cannot be claimed for guests',
  },
};
