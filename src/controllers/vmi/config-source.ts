/** What disks of files are made of, as a volume of the pod. Pure. */
import { serviceAccountNameOf } from '../../api/service-account.ts';
import type { PodSpec, VmiSpec, Volume } from '../../api/types.ts';

type PodVolume = Omit<NonNullable<PodSpec['volumes']>[number], 'name'>;

/** Never the name of one of our own volumes, whatever the user called theirs. */
export const configVolumeName = ({ name }: Volume): string => `config-${name}`;

/** The files of a volume; undefined for one that needs none of the cluster. */
export function configSource(volume: Volume): PodVolume | undefined {
  const { configMap, secret, downwardAPI, serviceAccount, sysprep } = volume;
  if (configMap !== undefined) return { configMap: { name: configMap.name ?? '', ...optional(configMap) } };
  if (secret !== undefined) return { secret: { secretName: secret.secretName ?? '', ...optional(secret) } };
  if (downwardAPI !== undefined) return { downwardAPI: { items: downwardAPI.fields ?? [] } };
  if (serviceAccount !== undefined) return serviceAccountFiles;
  return sysprep === undefined ? cloudInitSecrets(volume) : sysprepFiles(sysprep);
}

const optional = (source: { optional?: boolean }): { optional?: boolean } =>
  source.optional === undefined ? {} : { optional: source.optional };

function sysprepFiles({ configMap, secret }: NonNullable<Volume['sysprep']>): PodVolume {
  if (configMap !== undefined) return { configMap: { name: configMap.name ?? '' } };
  return { secret: { secretName: secret?.name ?? '' } };
}

/** What Kubernetes mounts into a pod by itself. Tokens of just this life are good for a year, like those. */
const serviceAccountFiles: PodVolume = {
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};

function cloudInitSecrets({ cloudInitNoCloud, cloudInitConfigDrive }: Volume): PodVolume | undefined {
  const source = cloudInitNoCloud ?? cloudInitConfigDrive;
  const names = [source?.secretRef?.name, source?.networkDataSecretRef?.name];
  const secrets = [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))];
  if (secrets.length === 0) return undefined;
  return { projected: { sources: secrets.map((name) => ({ secret: { name } })) } };
}

/** The service account that the pod runs as, without a token of its own; the guest gets that of a volume. */
export function serviceAccountOf(spec: VmiSpec): string | undefined {
  const named = serviceAccountNameOf(spec);
  if (named !== undefined) return named;
  return spec.volumes?.find(({ serviceAccount }) => serviceAccount)?.serviceAccount?.serviceAccountName;
}
