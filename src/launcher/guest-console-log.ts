/**
 * The log of container `guest-console-log`, which VMIs have that ask for it (`logSerialConsole: true`). Its only
 * process sleeps; we write to the pipe that the container's runtime reads.
 */
import { join } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import { sideContainerProcess } from './disks/hold.ts';
import type { ProcessView } from './disks/hold.ts';
import { guestConsolePidFile } from './layout.ts';
import { openLogPipe } from './log.ts';

/**
 * Waits for the container to be up.
 * @param folder of the pid files of side containers.
 * @returns what writes a line to its log, or says that it could not.
 * @throws MonovirtError `ConsoleLogUnreachable`, or `ContainerDiskInvalid` for a process that is not the container's own.
 */
export async function openGuestConsoleLog(
  folder: string,
  options: { view: ProcessView; signal: AbortSignal },
): Promise<(text: string) => boolean> {
  const process = await sideContainerProcess(folder, guestConsolePidFile, options);
  const write = openLogPipe(join(process, 'fd/1'));
  if (write !== undefined) return write;
  const message = 'the output of container guest-console-log is no pipe that may be written to';
  throw new MonovirtError('ConsoleLogUnreachable', message, 'never');
}
