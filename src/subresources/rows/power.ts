/** What starts and stops virtual machines. */
import { restartOptions, startOptions, stopOptions } from '../options.ts';
import type { ActionRow } from '../route-row.ts';
import { changePower } from '../vm-power-route.ts';
import type { PowerAction } from '../vm-power-route.ts';

const row = (subresource: PowerAction, options: ActionRow['options'], summary: string): ActionRow => ({
  method: 'PUT',
  resource: 'virtualmachines',
  subresource,
  listed: true,
  summary,
  ...(options && { options }),
  handle: (deps, request) => changePower(deps.client, subresource, request),
});

export const powerRows: readonly ActionRow[] = [
  row('start', { name: 'StartOptions', schema: startOptions }, 'Start a virtual machine.'),
  row('stop', { name: 'StopOptions', schema: stopOptions }, 'Stop a virtual machine.'),
  row('restart', { name: 'RestartOptions', schema: restartOptions }, 'Restart a virtual machine.'),
];
