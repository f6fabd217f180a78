/** The files of a NoCloud data source, and the image they go into. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vmi, Volume } from '../../api/types.ts';
import { hostnameOf } from '../../pod/names.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import { runTool } from '../tool.ts';
import { readBounded } from './config-files.ts';

type Source = NonNullable<Volume['cloudInitNoCloud']>;

/** Longest user or network data, in bytes: a Secret holds no more. */
const maxBytes = 1024 * 1024;
/** What cloud-init looks for. */
const volumeLabel = 'cidata';

/** Files of the data source by name. */
export type CloudInitFiles = Record<string, string | Buffer>;

/** The meta-data document: JSON, which is YAML. The instance id stays the same over restarts of a VM. */
export function metaData(vmi: Vmi): string {
  const annotations = vmi.metadata.annotations ?? {};
  const instanceType =
    annotations['kubevirt.io/cluster-instancetype-name'] ?? annotations['kubevirt.io/instancetype-name'];
  const data = {
    ...(instanceType === undefined ? {} : { 'instance-type': instanceType }),
    'instance-id':
      vmi.spec.domain.firmware?.uuid ?? `${vmi.metadata.name}.${vmi.metadata.namespace ?? 'default'}`,
    'local-hostname': hostnameOf(vmi),
  };
  return `${JSON.stringify(data)}\n`;
}

/**
 * Collects the files of a `cloudInitNoCloud` volume.
 * @param secretDir where its secrets are mounted, if it refers to any.
 */
export async function noCloudFiles(vmi: Vmi, source: Source, secretDir: string): Promise<CloudInitFiles> {
  const user = await content(source.userData, source.userDataBase64, () =>
    source.secretRef === undefined ? undefined : fromSecret(secretDir, ['userdata', 'userData']),
  );
  const network = await content(source.networkData, source.networkDataBase64, () =>
    source.networkDataSecretRef === undefined
      ? undefined
      : fromSecret(secretDir, ['networkdata', 'networkData']),
  );
  return {
    'meta-data': metaData(vmi),
    'user-data': user ?? '',
    ...(network === undefined ? {} : { 'network-config': network }),
  };
}

async function content(
  inline: string | undefined,
  base64: string | undefined,
  secret: () => Promise<Buffer> | undefined,
): Promise<string | Buffer | undefined> {
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

/** Writes `files` into an ISO 9660 image at `image`, readable by its owner alone, replacing an old one whole. */
export async function writeImage(image: string, files: CloudInitFiles, signal: AbortSignal): Promise<void> {
  const folder = `${image}.files`;
  const partial = `${image}.partial`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    for (const [name, data] of Object.entries(files))
      await writeFile(join(folder, name), data, { mode: 0o600 });
    const args = ['-quiet', '-output', partial, '-volid', volumeLabel, '-joliet', '-rock', folder];
    await runTool('genisoimage', args, { signal, timeoutMs: 10_000 });
    await rename(partial, image);
  } catch (error) {
    throw new MonovirtError(
      'CloudInitInvalid',
      `cannot make the cloud-init image: ${messageOf(error)}`,
      'backoff',
      {
        cause: error,
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
