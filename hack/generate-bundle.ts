/** Generates the OLM bundle from the manifests of `config/`, so that both ways to install are one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { imageName } from '../src/image/names.ts';
import { bundleFiles } from '../src/install/bundle/files.ts';
import type { Manifest } from '../src/install/bundle/manifest.ts';

interface Kustomization {
  resources: string[];
}

/**
 * Every generated file: path from the root of the repository → content.
 * @param fresh what other generators have just made, which the files on disk may be older than.
 */
export async function bundleOf(
  root: string,
  fresh: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const text = async (path: string): Promise<string> =>
    fresh.get(path) ?? (await readFile(join(root, path), 'utf8'));
  const one = async (path: string): Promise<Manifest> => parse(await text(path)) as Manifest;
  const documents = async (path: string): Promise<Manifest[]> =>
    parseAllDocuments(await text(path)).map((document) => document.toJS() as Manifest);
  const all = async (folder: string): Promise<Manifest[]> => {
    const { resources } = parse(await text(`${folder}/kustomization.yaml`)) as Kustomization;
    return (await Promise.all(resources.map((name) => documents(`${folder}/${name}`)))).flat();
  };
  const { version } = JSON.parse(await text('package.json')) as { version: string };
  const parts = await Promise.all(['config/crd', 'config/rbac', 'config/manager'].map(all));
  return bundleFiles({
    release: { version, image: imageName('monovirt', version) },
    installed: parts.flat(),
    samples: await all('config/samples'),
    examples: await documents('config/manifests/examples.yaml'),
    base: await one('config/manifests/bases/monovirt.clusterserviceversion.yaml'),
    icon: await text('config/manifests/icon.svg'),
    scorecard: await one('config/scorecard/config.yaml'),
  });
}
