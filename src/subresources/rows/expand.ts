/** A VM with its instancetype and preference worked into its template. */
import * as v from 'valibot';
import type { ExpandHands } from '../../instancetype/expand-route.ts';
import { expandGiven, expandStored } from '../../instancetype/expand-route.ts';
import type { HttpRequest } from '../../http/types.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVm, targetOf } from '../objects.ts';
import type { ActionRow } from '../route-row.ts';

const handsOf = ({ client, cluster }: SubresourceDeps, { signal }: HttpRequest): ExpandHands => ({
  client,
  config: cluster(),
  signal,
});

export const expandRows: readonly ActionRow[] = [
  {
    method: 'GET',
    resource: 'virtualmachines',
    subresource: 'expand-spec',
    listed: true,
    summary: 'The VirtualMachine with its instancetype and preference expanded into its template.',
    produces: 'application/json',
    handle: async (deps, request) => expandStored(await readVm(deps, request), handsOf(deps, request)),
  },
  {
    method: 'PUT',
    resource: 'expand-vm-spec',
    listed: true,
    summary: 'Expands the instancetype and preference of a VirtualMachine that is handed in and not stored.',
    options: { name: 'VirtualMachine', schema: v.looseObject({}) },
    produces: 'application/json',
    handle: async (deps, request) =>
      expandGiven(await request.body(), targetOf(request).namespace, handsOf(deps, request)),
  },
];
