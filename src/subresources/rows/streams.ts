/** WebSockets to a guest: console, screen, its ports, and what this release cannot connect. */
import type { CheckedSubresource } from '../vmi-checks.ts';
import { streamGuest } from '../agent-call.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVmi, readVmiOfVm } from '../objects.ts';
import { forwardPort } from '../port-forward.ts';
import { isOn } from '../query.ts';
import { notImplemented } from '../refusal.ts';
import type { StreamRequest, StreamRow } from '../route-row.ts';
import { assertVmi } from '../vmi-checks.ts';

const vmis = { method: 'GET', resource: 'virtualmachineinstances' } as const;

/** A stream that the node agent serves. */
const guestStream = (
  subresource: 'console' | 'vnc',
  rest: Pick<StreamRow, 'summary' | 'query'>,
): StreamRow => ({
  ...vmis,
  subresource,
  listed: true,
  ...rest,
  prepare: async (deps, request) => {
    const vmi = await readVmi(deps, request);
    assertVmi(vmi, subresource);
    const preserve = subresource === 'vnc' && isOn(request.query, 'preserveSession');
    const action = preserve ? `${subresource}?preserveSession=true` : subresource;
    return (upgrade) => streamGuest(deps, vmi, action, upgrade);
  },
});

const portForward = (resource: 'virtualmachines' | 'virtualmachineinstances', below: string): StreamRow => ({
  method: 'GET',
  resource,
  subresource: 'portforward',
  below,
  listed: resource === 'virtualmachineinstances' && below === '/:port',
  summary: 'Connect to a port of the guest.',
  prepare: async (deps, request) => {
    const read = resource === 'virtualmachines' ? readVmiOfVm : readVmi;
    const vmi = await read(deps, request);
    assertVmi(vmi, 'portforward');
    return forwardPort(deps.client, vmi, request);
  },
});

/** A stream whose device no VMI of this release can have. */
const missing = (
  subresource: CheckedSubresource & ('usbredir' | 'vsock'),
  rest: Pick<StreamRow, 'summary' | 'query'> & { what: string; instead: string },
): StreamRow => {
  const { what, instead, ...row } = rest;
  return {
    ...vmis,
    subresource,
    listed: false,
    ...row,
    prepare: async (deps: SubresourceDeps, request: StreamRequest) => {
      assertVmi(await readVmi(deps, request), subresource);
      throw notImplemented(what, instead);
    },
  };
};

export const streamRows: readonly StreamRow[] = [
  guestStream('console', { summary: 'Open the serial console.' }),
  guestStream('vnc', {
    summary: 'Open the screen over VNC.',
    query: [
      {
        name: 'preserveSession',
        type: 'boolean',
        description: 'Refuse when somebody watches already, instead of ending that session.',
      },
    ],
  }),
  ...(['virtualmachineinstances', 'virtualmachines'] as const).flatMap((resource) =>
    ['/:port', '/:port/:protocol'].map((below) => portForward(resource, below)),
  ),
  missing('usbredir', {
    summary: 'Lend a USB device of the client to the guest.',
    what: 'USB redirection',
    instead: 'give the guest a device of its node with spec.domain.devices.hostDevices',
  }),
  missing('vsock', {
    summary: 'Connect to a VSOCK port of the guest.',
    query: [
      { name: 'port', type: 'integer', description: 'Port of the guest.' },
      { name: 'tls', type: 'boolean', description: 'Speak TLS to the guest.' },
    ],
    what: 'VSOCK',
    instead: 'let the guest listen on its network and use portforward',
  }),
];
