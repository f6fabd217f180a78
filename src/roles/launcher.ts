/** The role beside each VM: composition only. */
import { writeSync } from 'node:fs';
import { exitCodes } from '../launcher/exit-codes.ts';
import { launch } from '../launcher/launch.ts';
import { createLineLogger } from '../launcher/log.ts';
import { parseOptions } from '../launcher/options.ts';
import { pathsIn, podFolders } from '../launcher/paths.ts';
import type { Folders } from '../launcher/paths.ts';
import { openLibvirt } from '../libvirt/binding/open.ts';
import { messageOf } from '../support/errors.ts';

/**
 * Runs the launcher of one VM.
 * @param folders where things are; the pod's layout unless a test says otherwise.
 * @returns one of `exitCodes`.
 */
export async function run(
  args: readonly string[],
  signal: AbortSignal,
  folders: Folders = podFolders,
): Promise<number> {
  try {
    const options = parseOptions(args);
    const { namespace, name, uid } = options;
    const log = createLineLogger({
      level: options.logLevel,
      fields: { role: 'launcher', namespace, name, uid },
    });
    const writeSerial = (text: string): void => void writeSync(1, text);
    const terminationLog = '/dev/termination-log';
    return await launch({
      options,
      paths: pathsIn(folders),
      log,
      open: openLibvirt,
      writeSerial,
      terminationLog,
      signal,
    });
  } catch (error) {
    createLineLogger({ fields: { role: 'launcher' } }).error('the launcher failed', {
      error: messageOf(error),
    });
    return exitCodes.internal;
  }
}
