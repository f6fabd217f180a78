/** What holds for every route, whatever it does. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HttpRequest } from '../http/types.ts';
import { isStream, pathOf } from './route-row.ts';
import { rows } from './rows/all.ts';
import { subresourceRoutes } from './routes.ts';
import { apiPath, vmiOf, world } from './testing/world.ts';

const running = vmiOf('Running');
const leaving = { ...running, status: { ...running.status, evacuationNodeName: 'node' } };

suite('answers', () => {
  test('a refusal names its object as Kubernetes does', async () => {
    const { body } = await world({}).ask('PUT', apiPath('namespaces/ns/virtualmachines/vm/start'));
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'virtualmachine.kubevirt.io "vm" not found',
      reason: 'NotFound',
      details: { kind: 'virtualmachine', name: 'vm', group: 'kubevirt.io' },
      code: 404,
    });
  });

  test('an evacuation is taken back only from the node that the user means', async () => {
    const { ask, patches } = world({ vmi: leaving });
    const body = { evacuationNodeName: 'node', dryRun: ['All'] };
    await ask('PUT', apiPath('namespaces/ns/virtualmachineinstances/vm/evacuate/cancel'), body);
    const [key, patch, options] = patches[0] as [unknown, unknown, { subresource: string; dryRun: boolean }];
    assert.deepEqual(key, { namespace: 'ns', name: 'vm' });
    assert.deepEqual(patch, {
      type: 'json',
      operations: [
        { op: 'test', path: '/status/evacuationNodeName', value: 'node' },
        { op: 'remove', path: '/status/evacuationNodeName' },
      ],
    });
    assert.deepEqual([options.subresource, options.dryRun], ['status', true]);
  });
});

suite('authorisation', () => {
  for (const row of [
    {
      name: 'a port is no part of what is granted',
      path: 'namespaces/ns/virtualmachineinstances/vm/portforward/80/udp',
      want: { verb: 'get', resource: 'virtualmachineinstances', subresource: 'portforward', name: 'vm' },
    },
    {
      name: 'a subresource of a subresource is',
      path: 'namespaces/ns/virtualmachineinstances/vm/vnc/screenshot',
      want: { verb: 'get', resource: 'virtualmachineinstances', subresource: 'vnc/screenshot', name: 'vm' },
    },
  ]) {
    test(row.name, async () => {
      const { ask, reviews } = world({ allowed: false });
      const { status } = await ask('GET', apiPath(row.path));
      assert.equal(status, 403);
      assert.deepEqual(reviews, [
        {
          user: 'ann',
          uid: '4711',
          groups: ['dev'],
          extra: {},
          resourceAttributes: {
            group: 'subresources.kubevirt.io',
            version: 'v1',
            namespace: 'ns',
            ...row.want,
          },
        },
      ]);
    });
  }

  test('what a user hands in is nobody’s object', async () => {
    const { ask, reviews } = world({ allowed: false });
    assert.equal((await ask('PUT', apiPath('namespaces/ns/expand-vm-spec'), {})).status, 403);
    const { resourceAttributes } = reviews[0] as { resourceAttributes: unknown };
    assert.deepEqual(resourceAttributes, {
      group: 'subresources.kubevirt.io',
      version: 'v1',
      verb: 'update',
      namespace: 'ns',
      resource: 'expand-vm-spec',
    });
  });

  test('every route about an object asks, and none about the cluster', async () => {
    for (const row of rows) {
      const { ask, reviews } = world({ allowed: false });
      const path = pathOf(row, 'v1').replaceAll(/:\w+/g, '1');
      const { status } = await ask(row.method, path, {});
      assert.equal(reviews.length, row.resource === undefined ? 0 : 1, path);
      if (row.resource !== undefined) assert.equal(status, 403, path);
    }
  });

  test('nobody may ask but the API server', async () => {
    const { deps } = world({});
    const stranger = {
      ...deps,
      requestHeaders: () => ({ ...deps.requestHeaders(), allowedNames: ['other'] }),
    };
    const { routes } = subresourceRoutes(stranger);
    const route = routes.find(({ path }) => path.endsWith('/pause'));
    const request = { params: {}, headersDistinct: {}, clientName: 'aggregator' } as unknown as HttpRequest;
    await assert.rejects(route?.handle(request) ?? Promise.resolve(), { status: 401 });
  });

  test('there are 46 routes a version, as KubeVirt has, of which some are streams', () => {
    assert.equal(rows.length, 46);
    assert.equal(rows.filter(isStream).length, 8);
  });
});
