/** Tells the guest of one interface about IPv6 for as long as the launcher lives. */
import { watchDescriptor } from '../../libvirt/binding/watch.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { rateLimit } from '../rate-limit.ts';
import { advertisementIntervalMs } from './advertisement.ts';
import { advertisement, answerFrame } from './answer.ts';
import type { Ipv6Lease } from './lease.ts';
import { openTap } from './tap.ts';
import type { Tap } from './tap.ts';

/** A guest boots with a handful of frames; of one that sends more, no more than this are read in a second. */
const framesPerSecond = 20;
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
  const limit = rateLimit(framesPerSecond, 2 * framesPerSecond);
  const failed = (error: unknown): void =>
    log.warn('IPv6 of the guest is not served', { interface: lease.name, error: messageOf(error) });
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      failed(error);
    }
  };
  const readAll = (): void => {
    for (let frame = tap.read(); frame !== undefined; frame = tap.read()) {
      if (!limit.take()) return rest();
      reply(tap, lease, frame);
    }
  };
  const rest = (): void => {
    watch.pause();
    setTimeout(() => watch.resume(), pauseMs).unref();
  };
  const watch = open.use(await watchDescriptor(tap.descriptor, () => attempt(readAll), failed));
  const timer = setInterval(() => attempt(() => tap.write(advertisement(lease))), advertisementIntervalMs);
  timer.unref();
  open.defer(() => clearInterval(timer));
  return open.move();
}

function reply(tap: Tap, lease: Ipv6Lease, frame: Buffer): void {
  const answer = answerFrame(lease, frame);
  if (answer !== undefined) tap.write(answer);
}
