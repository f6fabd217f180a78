/** Takes back the request to move a guest off its node. */
import { virtualMachineInstances } from '../../api/kinds.ts';
import type { Vmi } from '../../api/types.ts';
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import type { JsonPatchOperation } from '../../kube/types.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVmi, readVmiOfVm, targetOf } from '../objects.ts';
import { evacuateCancelOptions, isDryRun, parseOptions } from '../options.ts';
import type { ActionRow } from '../route-row.ts';

type Read = (deps: SubresourceDeps, request: HttpRequest) => Promise<Vmi>;

const row = (resource: 'virtualmachines' | 'virtualmachineinstances', read: Read): ActionRow => ({
  method: 'PUT',
  resource,
  subresource: 'evacuate/cancel',
  listed: true,
  summary: 'Take back the request to move the guest off its node.',
  options: { name: 'EvacuateCancelOptions', schema: evacuateCancelOptions },
  handle: async (deps, request) => cancel(deps, request, await read(deps, request)),
});

export const evacuationRows: readonly ActionRow[] = [
  row('virtualmachines', readVmiOfVm),
  row('virtualmachineinstances', readVmi),
];

const path = '/status/evacuationNodeName';

async function cancel(deps: SubresourceDeps, request: HttpRequest, vmi: Vmi): Promise<HttpResponse> {
  if ((vmi.status?.evacuationNodeName ?? '') === '') return { status: 200 };
  const options = parseOptions(await request.body(), evacuateCancelOptions);
  const operations: JsonPatchOperation[] = [
    { op: 'test', path, value: options.evacuationNodeName },
    { op: 'remove', path },
  ];
  await deps.client.patch(
    virtualMachineInstances,
    targetOf(request),
    { type: 'json', operations },
    { subresource: 'status', dryRun: isDryRun(options), signal: request.signal },
  );
  return { status: 200 };
}
