/** The disks that cloud-init reads: NoCloud, and OpenStack's configuration drive. */
import type { Vmi, Volume } from '../../api/types.ts';
import { hostnameOf } from '../../pod/names.ts';
import { MonovirtError } from '../../support/errors.ts';
import { readBounded } from './config-files.ts';
import type { IsoFiles } from './iso.ts';

type Source = NonNullable<Volume['cloudInitNoCloud']>;

/** Longest user or network data, in bytes: a Secret holds no more. */
const maxBytes = 1024 * 1024;

/** What cloud-init finds its disk by. */
export const cloudInitLabels = { noCloud: 'cidata', configDrive: 'config-2' } as const;

/** SSH keys that the data source hands to the guest, by any name. */
export type PublicKeys = Record<string, string>;

/** The meta-data document: JSON, which is YAML. The instance id stays the same over restarts of a VM. */
export function metaData(vmi: Vmi, keys: PublicKeys = {}): string {
  const data = {
    'instance-type': instanceType(vmi),
    'instance-id': vmi.spec.domain.firmware?.uuid ?? nameOf(vmi),
    'local-hostname': hostnameOf(vmi),
    'public-keys': Object.keys(keys).length === 0 ? undefined : keys,
  };
  return `${JSON.stringify(data)}\n`;
}

/** The same of a configuration drive. */
export function driveMetaData(vmi: Vmi, keys: PublicKeys = {}): string {
  const data = {
    instance_type: instanceType(vmi),
    instance_id: nameOf(vmi),
    hostname: hostnameOf(vmi),
    uuid: vmi.spec.domain.firmware?.uuid,
    public_keys: Object.keys(keys).length === 0 ? undefined : keys,
  };
  return `${JSON.stringify(data)}\n`;
}

const nameOf = ({ metadata }: Vmi): string => `${metadata.name}.${metadata.namespace ?? 'default'}`;

function instanceType({ metadata: { annotations = {} } }: Vmi): string | undefined {
  return annotations['kubevirt.io/cluster-instancetype-name'] ?? annotations['kubevirt.io/instancetype-name'];
}

export interface CloudInitInput {
  source: Source;
  /** Where its secrets are mounted, if it refers to any. */
  secretDir: string;
  keys?: PublicKeys;
}

/** Collects the files of a `cloudInitNoCloud` volume. @throws MonovirtError `CloudInitInvalid`. */
export async function noCloudFiles(vmi: Vmi, input: CloudInitInput): Promise<IsoFiles> {
  const { user, network } = await contents(input);
  return {
    'meta-data': metaData(vmi, input.keys),
    'user-data': user ?? '',
    ...(network === undefined ? {} : { 'network-config': network }),
  };
}

/** Collects the files of a `cloudInitConfigDrive` volume. @throws MonovirtError `CloudInitInvalid`. */
export async function configDriveFiles(vmi: Vmi, input: CloudInitInput): Promise<IsoFiles> {
  const { user, network } = await contents(input);
  return {
    'openstack/latest/meta_data.json': driveMetaData(vmi, input.keys),
    'openstack/latest/user_data': user ?? '',
    ...(network === undefined ? {} : { 'openstack/latest/network_data.json': network }),
  };
}

type Content = string | Buffer | undefined;

async function contents({ source, secretDir }: CloudInitInput): Promise<{ user: Content; network: Content }> {
  const user = await content(source.userData, source.userDataBase64, () =>
    source.secretRef === undefined ? undefined : fromSecret(secretDir, ['userdata', 'userData']),
  );
  const network = await content(source.networkData, source.networkDataBase64, () =>
    source.networkDataSecretRef === undefined
      ? undefined
      : fromSecret(secretDir, ['networkdata', 'networkData']),
  );
  return { user, network };
}

async function content(
  inline: string | undefined,
  base64: string | undefined,
  secret: () => Promise<Buffer> | undefined,
): Promise<Content> {
  if (inline !== undefined && inline !== '') return inline;
  if (base64 !== undefined && base64 !== '') return Buffer.from(base64, 'base64');
  return secret();
}

async function fromSecret(folder: string, names: readonly string[]): Promise<Buffer> {
  for (const name of names) {
    const data = await readBounded(folder, name, maxBytes);
    if (data !== undefined) return data;
  }
  throw new MonovirtError(
    'CloudInitInvalid',
    `${folder} holds none of the keys ${names.join(', ')}: add one of them to the secret of the cloud-init volume`,
    'backoff',
  );
}
