import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceList } from './discovery.ts';
import { rows } from './rows/all.ts';
import { world } from './testing/world.ts';

/** What KubeVirt lists, from its `pkg/virt-api/api.go`. */
const listed = `expand-vm-spec
  virtualmachineinstances/{vnc vnc/screenshot console portforward backup redefine-checkpoint pause unpause
    freeze unfreeze reset softreboot guestosinfo userlist filesystemlist addvolume removevolume objectgraph
    sev/fetchcertchain sev/querylaunchmeasurement sev/setupsession sev/injectlaunchsecret evacuate/cancel}
  virtualmachines/{start stop restart migrate expand-spec objectgraph evacuate/cancel}`;

const names = [...listed.matchAll(/(\S+?)\/\{([^}]*)\}/g)].flatMap(([, parent = '', children = '']) =>
  children
    .trim()
    .split(/\s+/)
    .map((child) => `${parent}/${child}`),
);

test('the 31 resources that KubeVirt lists are listed, once each', () => {
  const { resources } = resourceList(rows, 'v1');
  assert.deepEqual(resources.map(({ name }) => name).toSorted(), ['expand-vm-spec', ...names].toSorted());
  assert.equal(resources.length, 31);
});

test('each says whether it is read or changed', () => {
  const verbs = new Map(resourceList(rows, 'v1').resources.map(({ name, verbs: all }) => [name, all]));
  assert.deepEqual(verbs.get('virtualmachineinstances/vnc'), ['get']);
  assert.deepEqual(verbs.get('virtualmachines/start'), ['update']);
});

for (const [path, want] of [
  ['/', /"paths":\["\/apis","\/apis\/subresources.kubevirt.io",/],
  ['/apis', /"kind":"APIGroupList".*"name":"subresources.kubevirt.io"/],
  ['/apis/subresources.kubevirt.io', /"kind":"APIGroup".*"preferredVersion":\{[^}]*"version":"v1"\}/],
  ['/apis/subresources.kubevirt.io/v1alpha3', /"groupVersion":"subresources.kubevirt.io\/v1alpha3"/],
] as const) {
  test(`${path} answers anybody`, async () => {
    const { ask, reviews } = world({ allowed: false });
    const { status, body } = await ask('GET', path);
    assert.equal(status, 200);
    assert.match(JSON.stringify(body), want);
    assert.deepEqual(reviews, []);
  });
}
