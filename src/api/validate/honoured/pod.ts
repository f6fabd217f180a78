/** What this release honours of a VMI's spec: scheduling, names, probes: what is not of the domain. */
import type { Area } from './area.ts';

export const pod: Area = {
  paths: `
  architecture hostname subdomain dnsPolicy dnsConfig.** nodeSelector.** affinity.** tolerations.**
  topologySpreadConstraints.** priorityClassName schedulerName terminationGracePeriodSeconds startStrategy
  evictionStrategy livenessProbe.httpGet.** livenessProbe.tcpSocket.** livenessProbe.initialDelaySeconds
  livenessProbe.periodSeconds livenessProbe.timeoutSeconds livenessProbe.successThreshold
  livenessProbe.failureThreshold readinessProbe.httpGet.** readinessProbe.tcpSocket.**
  readinessProbe.initialDelaySeconds readinessProbe.periodSeconds readinessProbe.timeoutSeconds
  readinessProbe.successThreshold readinessProbe.failureThreshold`,
  remedies: {
    accessCredentials: 'put SSH keys and passwords into the user data of cloudInitNoCloud',
    'livenessProbe.exec': 'use tcpSocket or httpGet',
    'livenessProbe.guestAgentPing': 'use tcpSocket or httpGet',
    'readinessProbe.exec': 'use tcpSocket or httpGet',
    'readinessProbe.guestAgentPing': 'use tcpSocket or httpGet',
  },
};
