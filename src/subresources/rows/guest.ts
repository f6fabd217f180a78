/** What a guest tells or shows. KubeVirt answers every failure of these with 500 and plain text. */
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import { askGuest } from '../agent-call.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVmi } from '../objects.ts';
import { isOn } from '../query.ts';
import type { ActionRow } from '../route-row.ts';
import { assertVmi } from '../vmi-checks.ts';

const common = {
  method: 'GET',
  resource: 'virtualmachineinstances',
  listed: true,
  failsAsText: true,
} as const satisfies Partial<ActionRow>;

type Asked = 'guestosinfo' | 'userlist' | 'filesystemlist';

const asked = (subresource: Asked, summary: string): ActionRow => ({
  ...common,
  subresource,
  summary,
  produces: 'application/json',
  handle: (deps, request) => ask(deps, request, subresource),
});

export const guestRows: readonly ActionRow[] = [
  asked('guestosinfo', 'What the guest agent says of its operating system.'),
  asked('userlist', 'Who is logged in, as the guest agent says.'),
  asked('filesystemlist', 'The file systems of the guest, as its agent says.'),
  {
    ...common,
    subresource: 'vnc/screenshot',
    summary: 'A picture of the screen.',
    query: [{ name: 'moveCursor', type: 'boolean', description: 'Wake a screen that sleeps first.' }],
    produces: 'image/png',
    handle: screenshot,
  },
];

async function ask(deps: SubresourceDeps, request: HttpRequest, what: Asked): Promise<HttpResponse> {
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, what);
  const { body } = await askGuest(deps, vmi, { method: 'GET', action: what }, request.signal);
  return { status: 200, body, headers: { 'content-type': 'application/json' } };
}

async function screenshot(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, 'vnc/screenshot');
  const wake = isOn(request.query, 'moveCursor') ? '?moveCursor=true' : '';
  const question = { method: 'GET', action: `vnc/screenshot${wake}` } as const;
  const { body } = await askGuest(deps, vmi, question, request.signal);
  return { status: 200, body, headers: { 'content-type': 'image/png' } };
}
