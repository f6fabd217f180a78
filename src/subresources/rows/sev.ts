/** Attestation of guests with AMD SEV, which no VMI of this release can ask for. */
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVmi } from '../objects.ts';
import { parseOptions, sevSecretOptions, sevSessionOptions } from '../options.ts';
import { badRequest, notImplemented } from '../refusal.ts';
import type { ActionRow } from '../route-row.ts';
import { assertVmi } from '../vmi-checks.ts';

type Action = 'fetchcertchain' | 'querylaunchmeasurement' | 'setupsession' | 'injectlaunchsecret';

const row = (
  action: Action,
  rest: Pick<ActionRow, 'method' | 'summary' | 'options' | 'produces'> & {
    /** What a body lacks. */
    check?: (body: Buffer) => void;
  },
): ActionRow => {
  const { check = () => undefined, ...columns } = rest;
  return {
    resource: 'virtualmachineinstances',
    subresource: `sev/${action}`,
    listed: true,
    ...columns,
    handle: async (deps, request) => {
      assertGate(deps);
      check(await request.body());
      return refuse(deps, request, action);
    },
  };
};

export const sevRows: readonly ActionRow[] = [
  row('fetchcertchain', {
    method: 'GET',
    summary: 'The certificate chain of the processor that a guest runs on.',
    produces: 'application/json',
  }),
  row('querylaunchmeasurement', {
    method: 'GET',
    summary: 'The measurement of a guest as it was started.',
    produces: 'application/json',
  }),
  row('setupsession', {
    method: 'PUT',
    summary: 'Set the session of a guest before it starts.',
    options: { name: 'SEVSessionOptions', schema: sevSessionOptions },
    check: (body) => {
      const { session, dhCert } = parseOptions(body, sevSessionOptions);
      if (session === '') throw badRequest('Session blob is required');
      if (dhCert === '') throw badRequest('DH cert is required');
    },
  }),
  row('injectlaunchsecret', {
    method: 'PUT',
    summary: 'Put a secret into the memory of a guest before it runs.',
    options: { name: 'SEVSecretOptions', schema: sevSecretOptions },
    check: (body) => void parseOptions(body, sevSecretOptions),
  }),
];

const gate = 'WorkloadEncryptionSEV';

function assertGate({ cluster }: SubresourceDeps): void {
  if (!cluster().featureGates.has(gate)) throw badRequest(`'${gate}' feature gate is not enabled`);
}

async function refuse(deps: SubresourceDeps, request: HttpRequest, action: Action): Promise<HttpResponse> {
  assertVmi(await readVmi(deps, request), `sev/${action}`);
  throw notImplemented(
    'attestation of confidential guests',
    'start the guest without spec.domain.launchSecurity.sev.attestation',
  );
}
