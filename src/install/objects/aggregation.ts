/** The Service of webhooks and subresources, and the APIServices behind it. Pure. */
import { components, labels, ports, subresourcesGroup, subresourcesVersions } from '../../api/constants.ts';
import { apiServices, apiVersionOf, services } from '../../api/kinds.ts';
import { apiServiceName } from '../certificates/leaves.ts';
import { clusterMeta, namespacedMeta } from '../installation.ts';
import type { Installation } from '../installation.ts';
import type { Desired } from './desired.ts';

const servicePort = 443;

export function apiService(installation: Installation): Desired {
  return {
    resource: services,
    object: {
      apiVersion: apiVersionOf(services),
      kind: services.kind,
      metadata: namespacedMeta(installation, apiServiceName),
      spec: {
        type: 'ClusterIP',
        selector: { [labels.component]: components.controller },
        ports: [{ name: 'https', port: servicePort, targetPort: ports.controller, protocol: 'TCP' }],
      },
    },
  };
}

export function aggregatedApis(installation: Installation): Desired[] {
  return subresourcesVersions.map((version) => ({
    resource: apiServices,
    object: {
      apiVersion: apiVersionOf(apiServices),
      kind: apiServices.kind,
      metadata: clusterMeta(installation, `${version}.${subresourcesGroup}`),
      spec: {
        group: subresourcesGroup,
        version,
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        caBundle: Buffer.from(installation.caBundle).toString('base64'),
        service: { namespace: installation.namespace, name: apiServiceName, port: servicePort },
      },
    },
  }));
}
