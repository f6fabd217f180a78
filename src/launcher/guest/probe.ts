/** Answers to the kubelet's questions whether a guest is well, which `image/probe.c` carries. */
import { MonovirtError, messageOf } from '../../support/errors.ts';
import { printable } from '../../support/printable.ts';
import type { DomainReport, ProbeQuestion } from '../protocol.ts';
import type { GuestPrograms } from './exec.ts';

export interface ProbeAnswer {
  exitCode: number;
  /** For the event that the kubelet writes; safe to show. */
  output: string;
}

/** Longest output that is passed on, in bytes: the kubelet takes 10 KiB. */
const maxOutput = 4096;

/** Longest time a timer of Node can be set to, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** Why a guest may be paused and well: somebody wanted it so, or it is about to run. */
const wellPaused: ReadonlySet<DomainReport['reason']> = new Set(['user', 'startingUp', 'migration']);

/**
 * Asks the guest, for as long as the question allows. Never rejects: no answer is one, too.
 * @param report how the domain is now.
 * @param gone aborts when nobody waits for the answer any more.
 */
export async function probeGuest(
  { timeoutSeconds, command }: ProbeQuestion,
  { programs, report, gone }: { programs: GuestPrograms; report: DomainReport; gone: AbortSignal },
): Promise<ProbeAnswer> {
  // A guest that is paused cannot answer, and is not ill for it.
  if (command === undefined && report.state === 'paused' && wellPaused.has(report.reason)) return well;
  if (report.guestAgent === undefined)
    return failed('no guest agent is connected; install and start qemu-guest-agent in the guest');
  const late = AbortSignal.timeout(Math.min(Math.ceil(timeoutSeconds * 1000), maxTimerMs));
  const signal = AbortSignal.any([late, gone]);
  try {
    if (command === undefined) {
      await programs.ping(signal);
      return well;
    }
    const { exitCode, output } = await programs.run(command, signal);
    return { exitCode, output: printable(output.subarray(0, maxOutput).toString()) };
  } catch (error) {
    if (late.aborted) return failed(`the guest did not answer within ${timeoutSeconds} s`);
    return failed(error instanceof MonovirtError ? printable(error.message) : messageOf(error));
  }
}

const well: ProbeAnswer = { exitCode: 0, output: '' };
const failed = (output: string): ProbeAnswer => ({ exitCode: 1, output: output.slice(0, maxOutput) });
