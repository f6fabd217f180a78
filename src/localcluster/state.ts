/** What a cluster is, remembered in its state folder for the commands that come later. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MonovirtError } from '../support/errors.ts';
import { resolveConfig } from './config.ts';
import type { ClusterConfig, ClusterOptions } from './config.ts';
import { readIfThere, writeFileAtomic } from './files.ts';

/** Rises when a node's namespaces or networks change in ways that only a new cluster can take. */
const currentLayout = 2;
const stateSchema = v.object({
  nodes: v.number(),
  instance: v.number(),
  cacheDir: v.string(),
  layout: v.optional(v.number(), 1),
});
const statePath = (stateDir: string): string => join(stateDir, 'cluster.json');

/** What is known of the cluster in a state folder; null when there is none. */
async function readState(stateDir: string): Promise<v.InferOutput<typeof stateSchema> | null> {
  const text = await readIfThere(statePath(stateDir));
  return text === null ? null : v.parse(stateSchema, JSON.parse(text));
}

export interface Loaded {
  config: ClusterConfig;
  /** Whether the state folder holds a cluster. */
  exists: boolean;
}

/** Computes the configuration; what was chosen when the cluster was made takes part. Nodes only ever grow. */
export async function loadCluster(options: ClusterOptions): Promise<Loaded> {
  const wanted = resolveConfig(options, process.env);
  const state = await readState(wanted.stateDir);
  if (state === null) return { config: wanted, exists: false };
  const nodes = Math.max(state.nodes, options.nodes ?? 0);
  const { instance, cacheDir } = state;
  return {
    config: resolveConfig({ stateDir: wanted.stateDir, nodes, instance, cacheDir }, process.env),
    exists: true,
  };
}

/** @throws MonovirtError `OldCluster` when another release made the cluster, and this one cannot go on with it. */
export async function refuseOldCluster(config: ClusterConfig): Promise<void> {
  const state = await readState(config.stateDir);
  if (state === null || state.layout === currentLayout) return;
  const message = `the cluster in ${config.stateDir} was made by another release: remove it with \`down\` first`;
  throw new MonovirtError('OldCluster', message, 'never');
}

/** Remembers a cluster before its first part is made, so that `down` finds whatever there is of it. */
export async function rememberCluster(config: ClusterConfig): Promise<void> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const { instance, cacheDir } = config;
  const state = { nodes: config.nodes.length, instance, cacheDir, layout: currentLayout };
  const text = `${JSON.stringify(state, null, 2)}\n`;
  if ((await readIfThere(statePath(config.stateDir))) !== text)
    await writeFileAtomic(statePath(config.stateDir), text);
}
