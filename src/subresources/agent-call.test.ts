/** What is passed on to node agents and back, over real mutual TLS. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createAuthority } from '../../test/api/certificates.ts';
import { commonNames, ports } from '../api/constants.ts';
import { HttpError } from '../http/status.ts';
import { startServer } from '../http/server.ts';
import type { HttpRequest, RunningServer } from '../http/types.ts';
import { apiPath, podAt, vmiOf, world } from './testing/world.ts';

/** An address of this machine on which nobody else serves the agents' port, another run of this test included. */
const host = `127.77.${(process.pid >> 8) & 255}.${process.pid & 255}`;
const base = '/v1/namespaces/ns/virtualmachineinstances/vm';

suite('the node agent', () => {
  const authority = createAuthority('test');
  const client = authority.issue(commonNames.agentClient);
  const tls = { certificate: client.cert, key: client.key, ca: authority.cert };
  const stop = new AbortController();
  const asked: { path: string; body: string; clientName: string | undefined }[] = [];
  let answer: () => { status: number; body?: unknown };
  let agent: RunningServer;

  before(async () => {
    const own = authority.issue(commonNames.agent);
    const handle = async (request: HttpRequest) => {
      const path =
        request.path.slice(base.length + 1) +
        (request.query.size === 0 ? '' : `?${request.query.toString()}`);
      asked.push({ path, body: String(await request.body()), clientName: request.clientName });
      return answer();
    };
    agent = await startServer(
      {
        port: ports.agent,
        host,
        identity: () => ({ certificate: own.cert, key: own.key, clientCa: authority.cert }),
        routes: (['GET', 'PUT'] as const).map((method) => ({ method, path: `${base}/*action`, handle })),
      },
      stop.signal,
    );
  });
  after(async () => {
    stop.abort();
    await agent.close();
  });

  const { ask } = world({ vmi: vmiOf('Running', ['AgentConnected']), pods: [podAt(host)], tls });
  const act = (action: string, body?: unknown) => {
    asked.length = 0;
    return ask('PUT', apiPath(`namespaces/ns/virtualmachineinstances/vm/${action}`), body);
  };
  const look = (what: string) => {
    asked.length = 0;
    return ask('GET', apiPath(`namespaces/ns/virtualmachineinstances/vm/${what}`));
  };

  for (const [action, body, sent] of [
    ['pause', undefined, ''],
    ['reset', undefined, ''],
    ['softreboot', undefined, ''],
    ['unfreeze', undefined, ''],
    ['freeze', { unfreezeTimeout: '5m0s' }, '{"unfreezeTimeoutSeconds":300}'],
    ['freeze', 'unfreezeTimeout: 1.5s', '{"unfreezeTimeoutSeconds":1.5}'],
  ] as const) {
    test(`${action} is passed on and answers 200 without a body`, async () => {
      answer = () => ({ status: 202 });
      assert.deepEqual(await act(action, body), { status: 200 });
      assert.deepEqual(asked, [{ path: action, body: sent, clientName: commonNames.agentClient }]);
    });
  }

  for (const row of [
    {
      name: 'a refusal that the user can mend keeps its status',
      answer: () => {
        throw new HttpError(409, 'Conflict', 'the guest does not run');
      },
      want: [409, 'Conflict', 'the guest does not run'],
    },
    {
      name: 'a failure is ours',
      answer: () => {
        throw new HttpError(503, 'X', 'QEMU guest agent is not connected');
      },
      want: [500, 'InternalError', 'Internal error occurred: QEMU guest agent is not connected'],
    },
    {
      name: 'an agent that does not trust us is none of the user’s business',
      answer: () => {
        throw new HttpError(401, 'Unauthorized', 'a client certificate is required');
      },
      want: [500, 'InternalError', 'Internal error occurred: a client certificate is required'],
    },
    {
      name: 'an answer that makes no sense is named by its status',
      answer: () => ({ status: 502, body: 'Bad Gateway' }),
      want: [500, 'InternalError', 'Internal error occurred: the node agent answered with status 502'],
    },
  ]) {
    test(row.name, async () => {
      answer = row.answer;
      const { body, status } = await act('pause');
      const { reason, message } = body as { reason: string; message: string };
      assert.deepEqual([status, reason, message], row.want);
    });
  }

  test('what the guest agent says is passed on as JSON', async () => {
    answer = () => ({ status: 200, body: { hostname: 'guest' } });
    const { status, body, headers } = await look('guestosinfo');
    assert.deepEqual([status, String(body)], [200, '{"hostname":"guest"}']);
    assert.equal(headers?.['content-type'], 'application/json');
  });

  test('a picture of the screen is passed on as it is, and the screen woken when that is asked', async () => {
    answer = () => ({ status: 200, body: Buffer.from('PNG') });
    const { status, body, headers } = await look('vnc/screenshot?moveCursor=True');
    assert.deepEqual([status, String(body), headers?.['content-type']], [200, 'PNG', 'image/png']);
    assert.equal(asked[0]?.path, 'vnc/screenshot?moveCursor=true');
  });

  test('no screen is a failure in plain text', async () => {
    answer = () => {
      throw new HttpError(500, 'InternalError', 'no screens to take screenshot from');
    };
    const { status, body } = await look('vnc/screenshot');
    assert.equal(status, 500);
    assert.equal(body, 'Internal error occurred: no screens to take screenshot from');
  });

  test('an agent with another name in its certificate is not spoken to', async () => {
    const other = createAuthority('other');
    const strange = other.issue(commonNames.agentClient);
    const wrong = { certificate: strange.cert, key: strange.key, ca: other.cert };
    const { ask: askWrong } = world({ vmi: vmiOf('Running'), pods: [podAt(host)], tls: wrong });
    asked.length = 0;
    const { status } = await askWrong('PUT', apiPath('namespaces/ns/virtualmachineinstances/vm/pause'));
    assert.equal(status, 500);
    assert.deepEqual(asked, []);
  });
});
