/** What is read from caches at the moment it is needed: configuration, certificates, trust. */
import { clusterConfigOf } from '../../api/cluster-config.ts';
import type { ClusterConfig } from '../../api/cluster-config.ts';
import type { KubeVirtManifest } from '../../api/manifests.ts';
import type { LauncherConfig } from '../../controllers/vmi/launcher-config.ts';
import { HttpError } from '../../http/status.ts';
import type { TlsIdentity } from '../../http/types.ts';
import { issueCa } from '../../pki/issue.ts';
import { certificateNames } from '../../install/certificates/leaves.ts';
import { caName } from '../../install/certificates/plan.ts';
import type { StoredPair } from '../../install/certificates/plan.ts';
import { pairOf } from '../../install/certificates/secrets.ts';
import type { Installation } from '../../install/installation.ts';
import { inForce } from '../../install/kubevirt/controller.ts';
import { authenticationConfigMap, parseRequestHeaderConfig } from '../../subresources/identity.ts';
import type { RequestHeaderConfig } from '../../subresources/identity.ts';
import type { ServingCaches } from './caches.ts';

/** Our own image and what it is pulled with. */
export interface OwnImage {
  image: string;
  pullSecrets: readonly string[];
}

export interface Settings {
  cluster: () => ClusterConfig;
  launcher: () => LauncherConfig;
  /** The server's certificate; a throw-away one until the real one is there. */
  identity: () => TlsIdentity;
  /** Whether the API server would accept us. */
  hasCertificates: () => boolean;
  /** @throws HttpError 503 while the API server's configuration is not known. */
  requestHeaders: () => RequestHeaderConfig;
  /** @throws HttpError 503 while there is no certificate. */
  agentTls: () => { certificate: string; key: string; ca: string };
  /** Undefined while there are no certificates. */
  installation: (namespaceUid: string | undefined) => Installation | undefined;
}

const notYet = (what: string): HttpError =>
  new HttpError(503, 'ServiceUnavailable', `${what} is not known yet; try again in a few seconds`);

export function createSettings(caches: ServingCaches, namespace: string, own: OwnImage): Settings {
  const pair = (name: string): StoredPair | undefined => pairOf(caches.secrets.get({ namespace, name }));
  const throwAway = temporaryIdentity();
  const aggregator = (): RequestHeaderConfig | undefined => {
    const configMap = caches.authentication.get(authenticationConfigMap);
    return configMap?.data?.['requestheader-client-ca-file'] === undefined
      ? undefined
      : parseRequestHeaderConfig(configMap);
  };
  const kubeVirt = (): KubeVirtManifest | undefined => inForce(caches.kubeVirts.all());
  const cluster = (): ClusterConfig => clusterConfigOf(kubeVirt());
  /** What our own pod is pulled with, and what the KubeVirt object adds. */
  const pullSecrets = (): string[] => {
    const stated = (kubeVirt()?.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
      name === undefined ? [] : [name],
    );
    return [...new Set([...own.pullSecrets, ...stated])];
  };
  return {
    cluster,
    launcher: () => ({ image: own.image, imagePullSecrets: pullSecrets(), cluster: cluster() }),
    identity: () => {
      const { certificate, key } = pair(certificateNames.api) ?? throwAway;
      const clientCa = aggregator()?.clientCa;
      return clientCa === undefined ? { certificate, key } : { certificate, key, clientCa };
    },
    hasCertificates: () => pair(certificateNames.api) !== undefined && aggregator() !== undefined,
    requestHeaders: () => {
      const config = aggregator();
      if (config === undefined) throw notYet('the configuration of the aggregation layer');
      return config;
    },
    agentTls: () => {
      const client = pair(certificateNames.agentClient);
      if (client === undefined) throw notYet('the certificate for node agents');
      return { certificate: client.certificate, key: client.key, ca: client.bundle };
    },
    installation: (namespaceUid) => {
      const authority = pair(caName);
      if (authority === undefined || namespaceUid === undefined) return undefined;
      return {
        namespace,
        namespaceUid,
        image: own.image,
        imagePullPolicy: cluster().imagePullPolicy,
        imagePullSecrets: pullSecrets(),
        caBundle: authority.bundle,
      };
    },
  };
}

/** Lets health checks in before the first leader has made certificates; nobody trusts it. */
function temporaryIdentity(): { certificate: string; key: string } {
  const now = Date.now();
  return issueCa('monovirt-starting', {
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 3_600_000),
  });
}
