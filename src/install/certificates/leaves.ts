/** Who has a certificate, under KubeVirt's names. Pure. */
import { commonNames } from '../../api/constants.ts';
import type { LeafSpec } from './plan.ts';

/** Service that the API server reaches webhooks and subresources by. */
export const apiServiceName = 'virt-api';

export const certificateNames = {
  /** Server of webhooks and subresources. */
  api: 'kubevirt-virt-api-certs',
  /** Server of the node agents. */
  agent: 'kubevirt-virt-handler-server-certs',
  /** Client of the node agents: the controller. */
  agentClient: 'kubevirt-virt-handler-certs',
} as const;

/** The certificates of an installation in `namespace`. */
export function leafSpecs(namespace: string): LeafSpec[] {
  const service = `${apiServiceName}.${namespace}`;
  return [
    {
      name: certificateNames.api,
      commonName: `${service}.pod.cluster.local`,
      hosts: [apiServiceName, service, `${service}.svc`, `${service}.svc.cluster.local`],
      usages: ['server'],
    },
    // Agents are told by their name: their addresses come and go.
    { name: certificateNames.agent, commonName: commonNames.agent, hosts: [], usages: ['server'] },
    {
      name: certificateNames.agentClient,
      commonName: commonNames.agentClient,
      hosts: [],
      usages: ['client'],
    },
  ];
}
