/** Tells the guest of one interface about IPv6 for as long as the launcher lives. */
import { watchDescriptor } from '../../libvirt/binding/watch.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { rateLimit } from '../rate-limit.ts';
import { advertisementIntervalMs } from './advertisement.ts';
import { advertisement, answerFrame, isAddressedToUs } from './answer.ts';
import type { Ipv6Lease } from './lease.ts';
import { openTap } from './tap.ts';

/** A guest boots with a handful of frames; of one that sends more, no more than this are read in a second. */
const framesPerSecond = 20;
/**
 * And of frames that are for others, which a kernel that filters does not even bring: chatter of the guest must not
 * keep its own questions from being answered.
 */
const othersPerSecond = 200;
/** How long nothing is read after too much, in milliseconds. The tap's queue is short, and the kernel drops the rest. */
const pauseMs = 1_000;

export interface Ipv6Service {
  lease: Ipv6Lease;
  /** Of the node agent's making. */
  tap: string;
  log: Logger;
}

/**
 * Serves the guest of `lease` until disposed.
 * @throws MonovirtError `TapUnavailable`.
 */
export async function serveIpv6({ lease, tap: name, log }: Ipv6Service): Promise<AsyncDisposable> {
  await using open = new AsyncDisposableStack();
  const tap = open.use(await openTap(name));
  const limits = {
    own: rateLimit(framesPerSecond, 2 * framesPerSecond),
    others: rateLimit(othersPerSecond, 2 * othersPerSecond),
  };
  const failed = (error: unknown): void =>
    log.warn('IPv6 of the guest is not served', { interface: lease.name, error: messageOf(error) });
  const send = (frame: Buffer | undefined): void => {
    try {
      if (frame !== undefined) tap.write(frame);
    } catch (error) {
      failed(error);
    }
  };
  let broken = false;
  // The loop tells of errors whatever it is asked for: it would call for ever for a tap that is gone.
  const readOrGiveUp = (): Buffer | undefined => {
    try {
      return tap.read();
    } catch (error) {
      broken = true;
      watch.pause();
      clearInterval(timer);
      failed(error);
      return undefined;
    }
  };
  const readAll = (): void => {
    if (broken) return;
    for (let frame = readOrGiveUp(); frame !== undefined; frame = readOrGiveUp()) {
      const own = isAddressedToUs(frame);
      if (!(own ? limits.own : limits.others).take()) return rest();
      if (own) send(answerFrame(lease, frame));
    }
  };
  const rest = (): void => {
    watch.pause();
    setTimeout(() => broken || watch.resume(), pauseMs).unref();
  };
  const watch = open.use(await watchDescriptor(tap.descriptor, readAll, failed));
  const timer = setInterval(() => send(advertisement(lease)), advertisementIntervalMs);
  timer.unref();
  open.defer(() => clearInterval(timer));
  return open.move();
}
