/** The role beside each VM: composition only. */
import { exitCodes } from '../launcher/exit-codes.ts';
import { launch } from '../launcher/launch.ts';
import { createLineLogger, openStdout } from '../launcher/log.ts';
import { parseOptions } from '../launcher/options.ts';
import { pathsIn, podFolders } from '../launcher/paths.ts';
import type { Folders } from '../launcher/paths.ts';
import { warmCapabilities } from '../launcher/warm.ts';
import { loadKoffi } from '../libvirt/binding/koffi.ts';
import { openLibvirt } from '../libvirt/binding/open.ts';
import { messageOf } from '../support/errors.ts';
import { giveBackMemoryIfPossible } from '../support/resident.ts';

/**
 * Runs the launcher of one VM; or, with `--warm-capabilities <dir>`, probes QEMU for all launchers of a node.
 * @param folders where things are; the pod's layout unless a test says otherwise.
 * @returns one of `exitCodes`.
 */
export async function run(
  args: readonly string[],
  signal: AbortSignal,
  folders: Folders = podFolders,
): Promise<number> {
  try {
    if (args[0] === '--warm-capabilities') return await warm(args[1] ?? '', signal);
    const options = parseOptions(args);
    const { namespace, name, uid } = options;
    const log = createLineLogger({
      level: options.logLevel,
      fields: { role: 'launcher', namespace, name, uid },
    });
    const writeSerial = openStdout();
    const terminationLog = '/dev/termination-log';
    const settled = (): void => void giveBackMemoryIfPossible(loadKoffi);
    return await launch({
      options,
      paths: pathsIn(folders),
      log,
      open: openLibvirt,
      writeSerial,
      terminationLog,
      settled,
      signal,
    });
  } catch (error) {
    createLineLogger({ fields: { role: 'launcher' } }).error('the launcher failed', {
      error: messageOf(error),
    });
    return exitCodes.internal;
  }
}

async function warm(outDir: string, signal: AbortSignal): Promise<number> {
  const log = createLineLogger({ fields: { role: 'launcher' } });
  const files = await warmCapabilities({ outDir, open: openLibvirt, log, signal });
  log.info('probed QEMU for the launchers of this node', { files });
  return exitCodes.guestStopped;
}
