/** Objects of the cluster as disks of files. A copy from the guest's start: what changes later comes with the next. */
import type { Volume } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { readAll } from './config-files.ts';
import { writeIso } from './iso.ts';

/** KubeVirt's labels of such disks. */
const defaultLabel = 'cfgdata';
const sysprepLabel = 'unattendCD';

/** The label of a volume that is such a disk; undefined for any other. */
export function configLabel({
  configMap,
  secret,
  downwardAPI,
  serviceAccount,
  sysprep,
}: Volume): string | undefined {
  const source = configMap ?? secret ?? downwardAPI;
  if (source !== undefined) return source.volumeLabel || defaultLabel;
  if (serviceAccount !== undefined) return defaultLabel;
  return sysprep === undefined ? undefined : sysprepLabel;
}

/**
 * Writes the disk of a volume's mounted `folder` to `image`.
 * @throws MonovirtError `SysprepInvalid` for an answer disk without an answer file, `ConfigFileInvalid`, `IsoFailed`.
 */
export async function writeConfigDisk(
  volume: Volume,
  { folder, image, signal }: { folder: string; image: string; signal: AbortSignal },
): Promise<void> {
  const files = await readAll(folder);
  if (volume.sysprep !== undefined) requireAnswers(volume.name, Object.keys(files));
  await writeIso(image, files, { label: configLabel(volume) ?? defaultLabel, readableByAll: true, signal });
}

const answerFiles = ['autounattend.xml', 'unattend.xml'];

function requireAnswers(volume: string, names: readonly string[]): void {
  if (names.some((name) => answerFiles.includes(name.toLowerCase()))) return;
  throw new MonovirtError(
    'SysprepInvalid',
    `volume ${volume}: its object must hold one of the keys ${answerFiles.join(', ')}, which Windows' setup looks for`,
    'never',
  );
}
