/** Builds the cluster's Go programs that are not in the cache yet. */
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import type { ClusterConfig } from './config.ts';
import { execute, run } from './exec.ts';
import { writeFileAtomic } from './files.ts';
import { kubernetesCommands, kubernetesModule } from './gomodule.ts';
import type { GoModule } from './gomodule.ts';
import type { Step } from './progress.ts';
import { goMinimum } from './versions.ts';

async function missingIn(dir: string, names: readonly string[]): Promise<string[]> {
  const results = await Promise.allSettled(names.map((name) => access(join(dir, name))));
  return names.filter((_, i) => results[i]?.status === 'rejected');
}

/** @returns whether `go version` prints at least the release we need. Pure. */
export function goIsNewEnough(versionLine: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(versionLine) ?? [];
  if (major === undefined || minor === undefined) return false;
  return (
    Number(major) > goMinimum.major || (Number(major) === goMinimum.major && Number(minor) >= goMinimum.minor)
  );
}

async function requireGo(): Promise<void> {
  const { stdout } = await execute(['go', 'version']).catch(() => ({ stdout: '' }));
  if (goIsNewEnough(stdout)) return;
  const wanted = `Go ${goMinimum.major}.${goMinimum.minor} or newer`;
  const found = stdout === '' ? 'no Go' : stdout.trim();
  throw new MonovirtError(
    'GoMissing',
    `building the cluster's programs needs ${wanted}; found ${found}`,
    'never',
  );
}

interface BuildInput {
  module: GoModule;
  /** Where the programs go; its name holds their version. */
  outDir: string;
  label: string;
}

async function buildInto(input: BuildInput, workDir: string, step: Step, signal: AbortSignal): Promise<void> {
  for (const [file, content] of Object.entries(input.module.files))
    await writeFileAtomic(join(workDir, file), content);
  const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false' };
  let packages = 0;
  const onLine = (line: string): void => step.note(`${input.label}: ${++packages} packages, ${line}`);
  const drafts = join(workDir, 'out');
  await mkdir(drafts);
  const { programs, ldflags } = input.module;
  // One command for all: the linker uses one processor, so several programs link side by side.
  const flags = ['-v', '-trimpath', '-ldflags', ldflags, '-o', `${drafts}/`];
  await run(['go', 'build', ...flags, ...Object.values(programs)], { cwd: workDir, env, signal, onLine });
  await mkdir(input.outDir, { recursive: true });
  for (const name of Object.keys(programs)) await rename(join(drafts, name), join(input.outDir, name));
}

/** Builds in a folder of its own; a program appears in the cache only when it is complete. */
async function build(input: BuildInput, cacheDir: string, step: Step, signal: AbortSignal): Promise<void> {
  await requireGo();
  await mkdir(cacheDir, { recursive: true });
  const workDir = await mkdtemp(join(cacheDir, 'build-'));
  try {
    await buildInto(input, workDir, step, signal);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Builds the Kubernetes programs that are missing. About five minutes for all on two processors. */
export async function ensureKubernetes(
  config: ClusterConfig,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const missing = await missingIn(config.kubernetesBin, kubernetesCommands);
  if (missing.length === 0) {
    step.note('cached');
    return;
  }
  const input = { module: kubernetesModule(missing), outDir: config.kubernetesBin, label: missing.join(' ') };
  await build(input, config.cacheDir, step, signal);
  step.note(`built ${missing.join(', ')}`);
}

/** A program of one module, and the folder in the cache that it is kept in. */
export interface AddOn {
  name: string;
  dir: string;
  module: () => GoModule;
}

/** Builds the programs that are missing, one after the other: each module is a build of its own. */
export async function ensureAddOns(
  config: ClusterConfig,
  addOns: readonly AddOn[],
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const built: string[] = [];
  for (const { name, dir, module } of addOns) {
    if ((await missingIn(dir, [name])).length === 0) continue;
    await build({ module: module(), outDir: dir, label: name }, config.cacheDir, step, signal);
    built.push(name);
  }
  step.note(built.length === 0 ? 'cached' : `built ${built.join(', ')}`);
}
