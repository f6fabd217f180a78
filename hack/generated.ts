/** Every generated file of the repository, and how fresh the committed ones are. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleOf } from './generate-bundle.ts';
import { crdFiles } from './generate-crds.ts';
import { rbacFiles } from './generate-rbac.ts';

/** Folders that hold nothing but generated files: what no generator writes is removed from them. */
const owned = ['bundle/manifests', 'bundle/metadata', 'config/crd', 'config/rbac', 'src/api/gen'];

/** Path from the root of the repository → content. The bundle is made of manifests below `root`. */
export async function generatedFiles(root: string): Promise<Map<string, string>> {
  const config = new Map([...(await crdFiles()), ...rbacFiles()]);
  return new Map([...config, ...(await bundleOf(root, config))]);
}

/** Writes all files below `root`, and removes those that nothing generates any more. */
export async function writeGenerated(root: string): Promise<string[]> {
  const files = await generatedFiles(root);
  for (const stray of await strays(root, files)) await rm(join(root, stray));
  for (const [path, content] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return [...files.keys()];
}

/** Paths below `root` that differ from what would be generated, are missing, or should not be there. */
export async function staleFiles(root: string): Promise<string[]> {
  const files = await generatedFiles(root);
  const stale = await strays(root, files);
  for (const [path, content] of files) {
    if ((await readFile(join(root, path), 'utf8').catch(() => undefined)) !== content) stale.push(path);
  }
  return stale;
}

async function strays(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await Promise.all(
    owned.map(async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.map((name) => `${folder}/${name}`);
    }),
  );
  return found.flat().filter((path) => !files.has(path));
}
