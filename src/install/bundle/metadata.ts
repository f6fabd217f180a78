/** How registries know the bundle: the same pairs as annotations and as labels of its image. Pure. */
import { madeBy, packageName } from './csv.ts';

const channel = 'candidate';

/** @param version monovirt's, without a leading v. */
export function bundleAnnotations(version: string): Record<string, string> {
  const prefix = 'operators.operatorframework.io';
  const { builder, layout } = madeBy(version);
  return {
    [`${prefix}.bundle.mediatype.v1`]: 'registry+v1',
    [`${prefix}.bundle.manifests.v1`]: 'manifests/',
    [`${prefix}.bundle.metadata.v1`]: 'metadata/',
    [`${prefix}.bundle.package.v1`]: packageName,
    [`${prefix}.bundle.channels.v1`]: channel,
    [`${prefix}.bundle.channel.default.v1`]: channel,
    [`${prefix}.metrics.mediatype.v1`]: 'metrics+v1',
    [`${prefix}.metrics.builder`]: builder,
    [`${prefix}.metrics.project_layout`]: layout,
    [`${prefix}.test.mediatype.v1`]: 'scorecard+v1',
    [`${prefix}.test.config.v1`]: 'tests/scorecard/',
  };
}

/** The image of the bundle holds its files and the labels, and nothing that runs. */
export function bundleDockerfile(annotations: Readonly<Record<string, string>>): string {
  return [
    'FROM scratch',
    '',
    ...Object.entries(annotations).map(([key, value]) => `LABEL ${key}=${value}`),
    '',
    'COPY bundle/manifests /manifests/',
    'COPY bundle/metadata /metadata/',
    'COPY bundle/tests/scorecard /tests/scorecard/',
    '',
  ].join('\n');
}
