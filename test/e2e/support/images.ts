/** Images that few tests need: built when one asks, so that nobody else's cluster has to wait for them. */
import { join } from 'node:path';
import { buildImages } from '../../../src/image/build.ts';
import type { rareImageKinds } from '../../../src/image/names.ts';
import { localCluster } from './node.ts';

const root = join(import.meta.dirname, '../../..');
const timeoutMs = 300_000;

type RareImage = (typeof rareImageKinds)[number];

/** Under way or done: guests that start together wait for one build. */
const needed = new Map<RareImage, Promise<void>>();

/** Builds an image unless it is in the cache, and puts it into every node that lacks it. */
export function needImage(kind: RareImage): Promise<void> {
  const promise = needed.get(kind) ?? provide(kind);
  needed.set(kind, promise);
  return promise;
}

async function provide(kind: RareImage): Promise<void> {
  const cluster = await localCluster();
  const signal = AbortSignal.timeout(timeoutMs);
  const { cacheDir } = cluster.config;
  const archives = await buildImages({ root, cacheDir, only: [kind], signal });
  for (const { file } of archives) await cluster.importImage(file, signal);
}
