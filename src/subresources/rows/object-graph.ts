/** Which objects a VM or its instance hangs on. */
import { labels } from '../../api/constants.ts';
import { selects } from '../../api/label-selector.ts';
import { pods } from '../../api/kinds.ts';
import type { Pod } from '../../api/types.ts';
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import type { SubresourceDeps } from '../deps.ts';
import { filtered, graphOfVm, graphOfVmi } from '../object-graph.ts';
import type { GraphNode } from '../object-graph.ts';
import { readVm, readVmi, targetOf } from '../objects.ts';
import { objectGraphOptions, parseOptions } from '../options.ts';
import { badRequest } from '../refusal.ts';
import type { ActionRow } from '../route-row.ts';

type Draw = (deps: SubresourceDeps, request: HttpRequest) => Promise<GraphNode | undefined>;

const row = (resource: 'virtualmachines' | 'virtualmachineinstances', draw: Draw): ActionRow => ({
  method: 'GET',
  resource,
  subresource: 'objectgraph',
  listed: true,
  summary: 'The objects that this one hangs on, as a tree.',
  options: { name: 'ObjectGraphOptions', schema: objectGraphOptions },
  produces: 'application/json',
  handle: (deps, request) => graph(deps, request, draw),
});

export const objectGraphRows: readonly ActionRow[] = [
  row('virtualmachines', async (deps, request) =>
    graphOfVm(await readVm(deps, request), await launcherPod(deps, request)),
  ),
  row('virtualmachineinstances', async (deps, request) =>
    graphOfVmi(await readVmi(deps, request), await launcherPod(deps, request)),
  ),
];

async function graph(deps: SubresourceDeps, request: HttpRequest, draw: Draw): Promise<HttpResponse> {
  if (!deps.cluster().featureGates.has('ObjectGraph')) {
    throw badRequest('ObjectGraph feature gate not enabled: Unable to return object graph.');
  }
  const root = await draw(deps, request);
  const { includeOptionalNodes, labelSelector } = parseOptions(await request.body(), objectGraphOptions);
  const { matchLabels, matchExpressions } = labelSelector ?? {};
  const selector = {
    matchLabels: matchLabels ?? {},
    matchExpressions: (matchExpressions ?? []).map(({ values, ...rest }) => ({
      ...rest,
      values: values ?? [],
    })),
  };
  const filter = {
    withoutOptional: includeOptionalNodes === false,
    selects: (found: Readonly<Record<string, string>>) => selects(selector, found),
  };
  return { status: 200, body: root && filtered(root, filter) };
}

/** Name of the pod that an instance of this name runs in. */
async function launcherPod({ client }: SubresourceDeps, request: HttpRequest): Promise<string | undefined> {
  const { namespace, name } = targetOf(request);
  const selection = { namespace, labelSelector: labels.createdBy };
  const { items } = await client.list<Pod>(pods, selection, request.signal);
  return items.find(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.kind === 'VirtualMachineInstance' && owner.name === name),
  )?.metadata.name;
}
