/** The hook sidecars of a pod: found by their sockets, asked in the order of their priorities. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { callGrpc } from '../../grpc/grpc.ts';
import { unlessAborted } from '../../support/abort.ts';
import { backoffMs, delay } from '../../support/delay.ts';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { hookSidecarName } from '../layout.ts';
import { callback, decodeInfo, infoMethod, versions } from './messages.ts';
import type { HookPoint } from './messages.ts';

export interface SidecarsOptions {
  /** Folder of sockets, one folder a sidecar. */
  folder: string;
  /** How many there are. */
  count: number;
  log: Logger;
  /** How long all of them may take to answer, images pulled included, in milliseconds. */
  readyTimeoutMs?: number;
  /** How long one answer may take. */
  callTimeoutMs?: number;
}

/** One that has said who it is. */
export interface Sidecar {
  /** Its container, and the name it gave itself. */
  container: string;
  name: string;
  socket: string;
  version: string;
  /** Hook points that it wants to be asked at, with its rank: a higher one comes first. */
  points: ReadonlyMap<string, number>;
}

/** Upstream's: a minute for each answer. */
const usualCallTimeoutMs = 60_000;
const usualReadyTimeoutMs = 300_000;
/** First and longest pause between attempts on a socket that is bound and does not answer yet, in milliseconds. */
const retryMs = { first: 10, longest: 500 };

/**
 * Waits until every sidecar has said who it is.
 * @throws MonovirtError `SidecarNotReady` naming those that have not in time, `SidecarUnsupported` for one that speaks
 * no version that is known here.
 */
export async function findSidecars(options: SidecarsOptions, signal: AbortSignal): Promise<Sidecar[]> {
  const { count, readyTimeoutMs = usualReadyTimeoutMs } = options;
  const given = new AbortController();
  const inTime = AbortSignal.any([signal, given.signal, AbortSignal.timeout(readyTimeoutMs)]);
  const containers = Array.from({ length: count }, (_, index) => hookSidecarName(index));
  try {
    return await Promise.all(containers.map((container) => meet(container, options, inTime)));
  } finally {
    // Without one of them nobody waits for the others.
    given.abort();
  }
}

async function meet(
  container: string,
  { folder, log }: SidecarsOptions,
  signal: AbortSignal,
): Promise<Sidecar> {
  const own = join(folder, container);
  let last = 'it has no socket yet';
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const socket = await socketIn(own, signal);
      const answer = await callGrpc(socket, infoMethod, Buffer.alloc(0), signal);
      const sidecar = known(container, socket, decodeInfo(answer));
      log.info('hook sidecar answers', { container, name: sidecar.name, version: sidecar.version });
      return sidecar;
    } catch (error) {
      if (error instanceof MonovirtError && error.retry === 'never') throw error;
      if (!signal.aborted) last = messageOf(error);
    }
    await delay(backoffMs(attempt, retryMs.first, retryMs.longest), signal);
  }
  const message = `hook sidecar ${container} does not answer on a socket in ${own}: ${last}; see its log`;
  throw new MonovirtError('SidecarNotReady', message);
}

/** Waits for the first socket in a folder; links and files that lie there are none. */
async function socketIn(folder: string, signal: AbortSignal): Promise<string> {
  let found: string | undefined;
  const look = async (): Promise<boolean> => {
    for (const name of (await readdir(folder).catch((): string[] => [])).toSorted()) {
      const path = join(folder, name);
      const entry = await lstat(path).catch(() => undefined);
      if (entry?.isSocket() === true) found = path;
      if (found !== undefined) return true;
    }
    return false;
  };
  await waitForPath(join(folder, 'any'), signal, look);
  return found ?? '';
}

function known(container: string, socket: string, info: ReturnType<typeof decodeInfo>): Sidecar {
  const version = Object.keys(versions).find((candidate) => info.versions.includes(candidate));
  if (version === undefined) {
    const spoken = info.versions.join(', ') || 'none';
    throw new MonovirtError(
      'SidecarUnsupported',
      `hook sidecar ${container} (${info.name}) speaks versions ${spoken} of the hook protocol; it has to speak one of ${Object.keys(versions).join(', ')}`,
      'never',
    );
  }
  const points = new Map(info.points.map(({ name, priority }) => [name, priority]));
  return { container, name: info.name, socket, version, points };
}

/** Those that want to be asked at a hook point and speak a version that has it, in the order of their ranks. */
export function subscribers(sidecars: readonly Sidecar[], point: HookPoint): Sidecar[] {
  const rank = (sidecar: Sidecar): number => sidecar.points.get(point) ?? 0;
  return sidecars
    .filter(({ points, version }) => points.has(point) && versions[version]?.includes(point) === true)
    .toSorted(
      (a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name) || a.container.localeCompare(b.container),
    );
}

/** Asks one sidecar. @throws MonovirtError `SidecarFailed` naming it and what it said. */
export async function ask(
  sidecar: Sidecar,
  point: HookPoint,
  request: Buffer,
  { callTimeoutMs = usualCallTimeoutMs, signal }: { callTimeoutMs?: number | undefined; signal: AbortSignal },
): Promise<Buffer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
  try {
    return await unlessAborted(
      callGrpc(sidecar.socket, callback(sidecar.version, point), request, deadline),
      deadline,
    );
  } catch (error) {
    throw failed(sidecar, point, error);
  }
}

/** An error of a sidecar, with the sidecar's name. */
export const failed = ({ container, name }: Sidecar, point: HookPoint, error: unknown): MonovirtError =>
  new MonovirtError(
    'SidecarFailed',
    `hook sidecar ${container} (${name}) failed at ${point}: ${reasons(error)}`,
    'backoff',
    { cause: error },
  );

/** With the causes, for the outermost error says only that a call failed. */
function reasons(error: unknown): string {
  const own = messageOf(error);
  return error instanceof Error && error.cause !== undefined && !own.includes(messageOf(error.cause))
    ? `${own}: ${reasons(error.cause)}`
    : own;
}
