/** What is about the installation and no object; whoever reaches the API server may ask. */
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { SubresourceDeps } from '../deps.ts';
import { notImplemented } from '../refusal.ts';
import type { ActionRow } from '../route-row.ts';

const row = (
  subresource: string,
  summary: string,
  handle: (deps: SubresourceDeps, request: HttpRequest) => Promise<HttpResponse>,
): ActionRow => ({
  method: 'GET',
  subresource,
  listed: false,
  summary,
  produces: 'application/json',
  handle,
});

export const clusterRows: readonly ActionRow[] = [
  row('version', 'Which version answers.', async ({ version }) => ({
    status: 200,
    body: versionOf(version),
  })),
  // A `Status`, unlike KubeVirt's failure: clients show the message of nothing else.
  row('guestfs', 'Which image holds the tools for disk images.', async () => {
    throw notImplemented('an image with libguestfs-tools', 'name one with "virtctl guestfs --image"');
  }),
  row('healthz', 'Whether the API server can be reached from here.', health),
  ...(['start', 'stop', 'dump'] as const).map((verb) =>
    row(`${verb}-cluster-profiler`, `Would ${verb} a profiler.`, async () => ({
      status: 403,
      body: noProfiler(verb),
    })),
  ),
];

/** In the words of Kubernetes' own version; there is no Go in it. */
const versionOf = (gitVersion: string): Record<string, string> => ({
  gitVersion,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: `node ${process.version}`,
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});

const noProfiler = (verb: 'start' | 'stop' | 'dump'): string =>
  `Unable to ${verb} profiler${verb === 'dump' ? ' results' : ''}. "ClusterProfiler" feature gate must be enabled, ` +
  'which this release does not know: read the metrics of the components instead';

const timeoutMs = 5_000;

async function health({ client }: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    const version = await client.raw('GET', '/version', undefined, signal);
    return { status: 200, body: { apiserver: { connectivity: 'ok', version } } };
  } catch (error) {
    return { status: 500, body: { apiserver: { connectivity: 'failed', error: messageOf(error) } } };
  }
}
