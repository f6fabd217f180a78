/** A bundle as registries and OLM read it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse, parseAllDocuments } from 'yaml';
import type { Schema } from '../../../api/crd/schema.ts';
import type { Manifest } from '../manifest.ts';

export interface Descriptor {
  path: string;
  displayName?: string;
}

export interface Owned {
  name: string;
  kind: string;
  version: string;
  displayName?: string;
  description?: string;
  resources?: { kind: string }[];
  specDescriptors?: Descriptor[];
  statusDescriptors?: Descriptor[];
}

export interface InstallDeployment {
  name: string;
  spec: {
    template: {
      spec: {
        serviceAccountName: string;
        containers: { image: string; resources?: { requests?: Record<string, string> } }[];
      };
    };
  };
}

export interface Csv extends Manifest {
  metadata: { name: string; annotations: Record<string, string>; labels: Record<string, string> };
  spec: {
    version: string;
    minKubeVersion: string;
    description: string;
    provider: { name: string };
    maintainers: { name: string; email: string }[];
    links: { name: string; url: string }[];
    icon: { base64data: string; mediatype: string }[];
    installModes: { type: string; supported: boolean }[];
    relatedImages: { name: string; image: string }[];
    customresourcedefinitions: { owned: Owned[] };
    webhookdefinitions?: unknown[];
    install: {
      spec: {
        deployments: InstallDeployment[];
        clusterPermissions: { serviceAccountName: string }[];
        permissions: { serviceAccountName: string }[];
      };
    };
  };
}

export interface Crd extends Manifest {
  spec: {
    group: string;
    names: { kind: string; plural: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: Schema } }[];
  };
}

export interface Bundle {
  /** Name of a file below manifests/ → its documents. */
  files: Record<string, Manifest[]>;
  annotations: Record<string, string>;
  /** Labels of the image of the bundle. */
  labels: Record<string, string>;
  scorecard: { stages: { tests: { entrypoint: string[]; labels: Record<string, string> }[] }[] };
  /** Sum over the manifests, as OLM stores them: compressed, then base64. */
  storedBytes: number;
}

/** @param root of the repository. */
export function readBundle(root: string): Bundle {
  const text = (path: string): string => readFileSync(join(root, path), 'utf8');
  const names = readdirSync(join(root, 'bundle/manifests'));
  const texts = names.map((name) => text(`bundle/manifests/${name}`));
  const labels = [...text('bundle.Dockerfile').matchAll(/^LABEL ([^=]+)=(.*)$/gm)];
  return {
    files: Object.fromEntries(
      texts.map((each, index) => [
        names[index],
        parseAllDocuments(each, { schema: 'yaml-1.1' }).map((document) => document.toJS() as Manifest),
      ]),
    ),
    annotations: (parse(text('bundle/metadata/annotations.yaml')) as Pick<Bundle, 'annotations'>).annotations,
    labels: Object.fromEntries(labels.map(([, key, value]) => [key, value])),
    scorecard: parse(text('bundle/tests/scorecard/config.yaml')) as Bundle['scorecard'],
    storedBytes: texts.reduce((sum, each) => sum + gzipSync(each).toString('base64').length, 0),
  };
}

export const objects = (bundle: Bundle): Manifest[] => Object.values(bundle.files).flat();

export function csvOf(bundle: Bundle): Csv {
  return objects(bundle).find(({ kind }) => kind === 'ClusterServiceVersion') as Csv;
}

export function crdsOf(bundle: Bundle): Crd[] {
  return objects(bundle).filter(({ kind }) => kind === 'CustomResourceDefinition') as Crd[];
}

export interface Example extends Manifest {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export function examplesIn(bundle: Bundle): Example[] {
  return JSON.parse(csvOf(bundle).metadata.annotations['alm-examples'] ?? '[]') as Example[];
}

export function ownedBy(bundle: Bundle): Owned[] {
  return csvOf(bundle).spec.customresourcedefinitions.owned;
}

/** The owned entry of an example's kind and version. */
export function ownedOf(bundle: Bundle, { apiVersion, kind }: Manifest): Owned | undefined {
  return ownedBy(bundle).find((each) => each.kind === kind && apiVersion.endsWith(`/${each.version}`));
}

/** The schema of a served version, or undefined. */
export function schemaOf(bundle: Bundle, kind: string, version: string): Schema | undefined {
  return crdsOf(bundle)
    .find(({ spec }) => spec.names.kind === kind)
    ?.spec.versions.find((each) => each.name === version && each.served)?.schema.openAPIV3Schema;
}
