/** Where guests are made: a root file system of Debian's tools, unpacked for one build and thrown away. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianEnv, type BuildContext } from './base.ts';
import { keyOfFiles } from './cache.ts';
import { replaceFile } from './oci.ts';
import { runTool } from './tool.ts';

/**
 * Debian's packages of kernels. The one for clouds is small and quick and has what virtual machines are given; the
 * other knows hardware of a PC too, such as USB and other makers' NICs.
 */
export const kernels = { cloud: 'linux-image-cloud-amd64', pc: 'linux-image-amd64' } as const;
export type GuestKernel = keyof typeof kernels;

export interface Job {
  readonly kernel: GuestKernel;
  /** Where the results are kept. */
  readonly directory: string;
  /** Told as progress. */
  readonly what: string;
  /** Directory below `image/` whose `build.sh` runs; it appears as `/own`. */
  readonly own: string;
  /** Puts what else the script needs below `work`, the directory that becomes its `/`. */
  readonly prepare: (work: string) => Promise<void>;
  /** Arguments of the script; the last one after these is where its results go. */
  readonly args: readonly string[];
}

/** Runs a guest's build script and keeps its results, unless they are there. */
export async function runJob(context: BuildContext, job: Job): Promise<void> {
  if (await isFilled(job.directory)) return;
  const tools = await kernelAndTools(context, kernels[job.kernel]);
  context.progress(job.what);
  const work = await mkdtemp(join(tmpdir(), 'monovirt-guest-'));
  try {
    await runTool('tar', ['-xf', tools, '-C', work, '--exclude=./usr/lib/klibc'], context);
    await cp(join(context.root, 'image', job.own), join(work, 'own'), { recursive: true });
    await mkdir(join(work, 'out'));
    await job.prepare(work);
    // A private mount namespace: the boot loader's installer wants /proc, and nothing of it may stay.
    const script =
      'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" /bin/sh /own/build.sh "$@" /out';
    await runTool('unshare', ['--mount', 'sh', '-c', script, 'sh', work, ...job.args], context);
    await keep(join(work, 'out'), job.directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Moves results into the cache as a whole: an interrupted copy, or another's, is never taken for a result. */
async function keep(from: string, directory: string): Promise<void> {
  const partial = `${directory}.${randomUUID()}.tmp`;
  await cp(from, partial, { recursive: true });
  await rm(directory, { recursive: true, force: true });
  await rename(partial, directory);
}

async function kernelAndTools(context: BuildContext, kernel: string): Promise<string> {
  const inputs = ['image/guest/packages.txt', 'image/guest/tools.sh'];
  return debianTar(context, {
    name: 'guest-tools',
    what: `unpacking ${kernel} of Debian ${context.source.release} for the test guests`,
    inputs,
    script: 'image/guest/tools.sh',
    args: [kernel],
  });
}

export interface TarJob {
  readonly name: string;
  readonly what: string;
  /** Files that decide on the result. */
  readonly inputs: readonly string[];
  /** Called with the tar to write, then `args`. */
  readonly script: string;
  readonly args: readonly string[];
}

/** A tar of Debian's packages, made by a script or from the cache. */
export async function debianTar(context: BuildContext, job: TarJob): Promise<string> {
  const { root, cache, source, signal, progress } = context;
  const key = await keyOfFiles(root, job.inputs, [...job.args, source.release, source.mirror]);
  const file = join(cache, `${job.name}-${key}.tar`);
  await mkdir(cache, { recursive: true });
  if ((await readdir(cache)).includes(`${job.name}-${key}.tar`)) return file;
  progress(job.what);
  await replaceFile(file, (temporary) =>
    runTool('sh', [join(root, job.script), temporary, ...job.args], { env: debianEnv(source), signal }),
  );
  return file;
}

async function isFilled(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).includes('disk.img');
  } catch {
    return false;
  }
}
