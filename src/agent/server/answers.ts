/** What a guest of this node tells or shows, in KubeVirt's kinds. */
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import type { Found } from './actions.ts';
import type { Streams } from './streams.ts';

export interface Answer {
  /** Its path. */
  name: string;
  answer: (found: Found, given: { request: HttpRequest; streams: Streams }) => Promise<HttpResponse>;
}

/** KubeVirt gives these lists no kind of their own in its answers. */
const list = (items: readonly unknown[]): HttpResponse => ({ status: 200, body: { metadata: {}, items } });

export const answers: readonly Answer[] = [
  {
    name: 'guestosinfo',
    answer: async ({ session }) => ({ status: 200, body: await session.ask('guestInfo', {}) }),
  },
  { name: 'userlist', answer: async ({ session }) => list(await session.ask('guestUsers', {})) },
  { name: 'filesystemlist', answer: async ({ session }) => list(await session.ask('guestFileSystems', {})) },
  {
    name: 'vnc/screenshot',
    answer: async ({ session }, { request, streams }) => {
      const wake = request.query.get('moveCursor') === 'true';
      const body = await streams.picture(session.target, wake);
      return { status: 200, body, headers: { 'content-type': 'image/png' } };
    },
  },
];
