import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { vmiPath, vmPath } from './subresource-path.ts';

const root = '/apis/subresources.kubevirt.io/v1/namespaces';

describe('a path of the aggregated API', () => {
  const rows = [
    { name: 'a VM', path: vmPath({ namespace: 'a', name: 'b' }, 'start'), want: 'a/virtualmachines/b/start' },
    {
      name: 'an instance',
      path: vmiPath({ namespace: 'a', name: 'b' }, 'console'),
      want: 'a/virtualmachineinstances/b/console',
    },
    {
      name: 'a namespace with a query',
      path: vmiPath({ namespace: 'a?x=/', name: 'b' }, 'vnc'),
      want: 'a%3Fx%3D%2F/virtualmachineinstances/b/vnc',
    },
    {
      name: 'a name with a slash',
      path: vmPath({ namespace: 'a', name: '../b' }, 'stop'),
      want: 'a/virtualmachines/..%2Fb/stop',
    },
  ];
  for (const { name, path, want } of rows) test(name, () => assert.equal(path, `${root}/${want}`));

  test('a namespace that leads up is refused', () =>
    assert.throws(() => vmPath({ namespace: '..', name: 'b' }, 'start'), { reason: 'NameInvalid' }));
});
