/** Builds the single executable: one bundle per entry point, embedded in Node's own binary. */
import { chmod, copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { entryFiles } from '../entry.ts';
import { MonovirtError, messageOf } from '../support/errors.ts';
import { runTool } from './tool.ts';

export interface ExecutableOptions {
  /** Root of the source tree. */
  readonly root: string;
  /** Where bundles and the executable go. */
  readonly out: string;
  /** Node binary to embed into; the running one unless given. */
  readonly node?: string;
}

/** What a container needs of the build, as paths. */
export interface Executable {
  readonly monovirt: string;
  readonly hold: string;
  readonly probe: string;
  readonly koffi: string;
}

/**
 * Options of every bundle. koffi is a native addon: the image carries it as a file of its own. esbuild itself is
 * needed only where there are sources to bundle.
 */
const bundleOptions: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  charset: 'ascii',
  legalComments: 'none',
  minifyWhitespace: true,
  minifySyntax: true,
  supported: { 'dynamic-import': false },
  external: ['koffi', '@koromix/*', 'esbuild'],
  // Packages written as ES modules find their own directory by it; a bundle has none.
  define: { 'import.meta.url': '"file:///usr/bin/monovirt"', 'import.meta.dirname': '"/usr/bin"' },
  logLevel: 'silent',
};

/**
 * Bundles all entry points and makes the executable, the static helpers and a copy of koffi's addon.
 * @throws MonovirtError `EntryMissing`, `BundleFailed`, `ToolFailed`.
 */
export async function buildExecutable(options: ExecutableOptions, signal?: AbortSignal): Promise<Executable> {
  await mkdir(options.out, { recursive: true });
  const assets = await bundleAll(options);
  const [monovirt, hold, probe, koffi] = await Promise.all([
    embed(options, assets, signal),
    buildHelper('hold', options, signal),
    buildHelper('probe', options, signal),
    copyKoffi(options),
  ]);
  return { monovirt, hold, probe, koffi };
}

async function bundleAll({ root, out }: ExecutableOptions): Promise<Record<string, string>> {
  const sources = Object.entries({ ...entryFiles, sea: 'sea.ts' });
  const missing: string[] = [];
  for (const [, file] of sources) if (!(await exists(join(root, 'src', file)))) missing.push(`src/${file}`);
  if (missing.length > 0) {
    throw new MonovirtError('EntryMissing', `cannot build: no entry point ${missing.join(', ')}`, 'never');
  }
  const { build } = await import('esbuild');
  try {
    await build({
      ...bundleOptions,
      absWorkingDir: root,
      entryPoints: sources.map(([name, file]) => ({ in: join(root, 'src', file), out: name })),
      outdir: out,
      outExtension: { '.js': '.cjs' },
    });
  } catch (error) {
    throw new MonovirtError('BundleFailed', messageOf(error), 'never', { cause: error });
  }
  return Object.fromEntries(Object.keys(entryFiles).map((name) => [name, join(out, `${name}.cjs`)]));
}

/** Node with our bundles inside. Debug symbols go first: they are a fifth of it, and no one reads them there. */
async function embed(
  { out, node = process.execPath }: ExecutableOptions,
  assets: Record<string, string>,
  signal?: AbortSignal,
): Promise<string> {
  const stripped = join(out, 'node');
  const [config, output] = [join(out, 'sea.json'), join(out, 'monovirt')];
  await runTool('strip', ['-o', stripped, node], { signal });
  await writeFile(
    config,
    JSON.stringify({
      // Relative, because the path becomes part of the executable: equal sources give equal bytes anywhere.
      main: 'sea.cjs',
      executable: stripped,
      output: `${output}.new`,
      disableExperimentalSEAWarning: true,
      execArgvExtension: 'none',
      execArgv: ['--max-semi-space-size=1'],
      assets,
    }),
  );
  await runTool(node, [`--build-sea=${config}`], { cwd: out, signal });
  await chmod(`${output}.new`, 0o755);
  await rename(`${output}.new`, output);
  await Promise.all([rm(stripped), rm(config)]);
  return output;
}

/** Flags that leave nothing in a helper but its own instructions. */
const helperFlags =
  '-Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -fno-asynchronous-unwind-tables -Wall -Wextra -Werror -Wl,--build-id=none,-z,noseparate-code -s';

/** Compiles a static helper of pods. */
export async function buildHelper(
  name: 'hold' | 'probe',
  { root, out }: ExecutableOptions,
  signal?: AbortSignal,
): Promise<string> {
  const output = join(out, name);
  await mkdir(out, { recursive: true });
  const source = join(root, 'image', `${name}.c`);
  await runTool('gcc', [...helperFlags.split(' '), '-o', output, source], { signal });
  return output;
}

async function copyKoffi({ root, out }: ExecutableOptions): Promise<string> {
  const output = join(out, 'koffi.node');
  await copyFile(join(root, 'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node'), output);
  return output;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}
