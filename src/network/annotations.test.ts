import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Vmi } from '../api/types.ts';
import { networkAnnotations, reportedAddresses } from './annotations.ts';
import { linkNames } from './names.ts';

const vmiWith = (networks: object[], interfaces: object[]): Vmi =>
  ({
    metadata: { name: 'vm', namespace: 'team', uid: 'uid' },
    spec: { networks, domain: { devices: { interfaces } } },
  }) as unknown as Vmi;

describe('what Multus is told', () => {
  for (const row of [
    {
      name: 'nothing about the pod network',
      vmi: vmiWith([{ name: 'default', pod: {} }], [{ name: 'default', masquerade: {} }]),
      want: {},
    },
    {
      name: 'a definition of the own namespace, and one of another with a MAC',
      vmi: vmiWith(
        [
          { name: 'blue', multus: { networkName: 'blue-net' } },
          { name: 'red', multus: { networkName: 'infra/red-net' } },
        ],
        [
          { name: 'blue', bridge: {} },
          { name: 'red', bridge: {}, macAddress: '02-00-00-00-00-0A' },
        ],
      ),
      want: {
        'k8s.v1.cni.cncf.io/networks': [
          { name: 'blue-net', namespace: 'team', interface: 'pod16477688c0e' },
          { name: 'red-net', namespace: 'infra', mac: '02:00:00:00:00:0a', interface: 'podb1f51a511f1' },
        ],
      },
    },
    {
      name: 'another default network',
      vmi: vmiWith(
        [{ name: 'blue', multus: { networkName: 'blue-net', default: true } }],
        [{ name: 'blue', bridge: {} }],
      ),
      want: { 'v1.multus-cni.io/default-network': 'blue-net' },
    },
    {
      name: 'nothing about an interface that is absent',
      vmi: vmiWith(
        [{ name: 'blue', multus: { networkName: 'n' } }],
        [{ name: 'blue', bridge: {}, state: 'absent' }],
      ),
      want: {},
    },
  ]) {
    test(row.name, () => {
      const told = Object.entries(networkAnnotations(row.vmi)).map(([key, value]) => [
        key,
        value.startsWith('[') ? JSON.parse(value) : value,
      ]);
      assert.deepEqual(Object.fromEntries(told), row.want);
    });
  }
});

describe('what Multus tells', () => {
  const status = JSON.stringify([
    { name: 'kindnet', interface: 'eth0', ips: ['10.244.0.5'] },
    { name: 'team/blue-net', interface: 'pod16477688c0e', ips: ['192.168.7.9', 'fd00::9'] },
    { name: 'team/l2', interface: 'podaaaaaaaaaaa' },
  ]);
  for (const { name, text, link, want } of [
    { name: 'addresses', text: status, link: 'pod16477688c0e', want: ['192.168.7.9', 'fd00::9'] },
    { name: 'an interface without addresses', text: status, link: 'podaaaaaaaaaaa', want: [] },
    { name: 'an interface that is not there yet', text: status, link: 'podbbbbbbbbbbb', want: [] },
    {
      name: 'none that is not an address, and not any number',
      text: JSON.stringify([{ interface: 'eth0', ips: ['kubernetes.default', 5, ...Array(99).fill('::1')] }]),
      link: 'eth0',
      want: Array(32).fill('::1'),
    },
    { name: 'nonsense', text: '{', link: 'eth0', want: [] },
    { name: 'another shape', text: '{"a":1}', link: 'eth0', want: [] },
  ]) {
    test(name, () => {
      assert.deepEqual(reportedAddresses({ 'k8s.v1.cni.cncf.io/network-status': text }, link), want);
    });
  }
});

test('links of a secondary network fit the kernel', () => {
  const names = Object.values(linkNames({ name: 'a-long-name-of-a-network', multus: { networkName: 'n' } }));
  assert.ok(names.every((name) => name.length <= 15));
});
