import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vmi } from '../../api/types.ts';
import type { PodLink } from '../../network/links.ts';
import { leaseOptions } from './lease.ts';
import { leasesOf } from './leases.ts';

const files = { resolvConf: '/nonexistent', netDir: '/nonexistent' };
const vmiWith = (iface: object): Vmi =>
  ({
    metadata: { name: 'vm', namespace: 'default', uid: 'uid' },
    spec: {
      domain: { devices: { interfaces: [{ name: 'default', macAddress: '02:00:00:00:00:07', ...iface }] } },
      networks: [{ name: 'default', pod: {} }],
    },
  }) as unknown as Vmi;
const link = (address?: PodLink['address']): PodLink => ({
  name: 'default',
  mac: '02:00:00:00:00:07',
  ...(address && { address }),
});
const viaSubnet = [
  { destination: '0.0.0.0/0', gateway: '10.244.0.1' },
  { destination: '10.244.0.0/24', gateway: '0.0.0.0' },
];
/** Calico's way: the router is on no subnet. */
const viaLink = [
  { destination: '0.0.0.0/0', gateway: '169.254.1.1' },
  { destination: '169.254.1.1/32', gateway: '0.0.0.0' },
];

for (const { name, iface, links, want } of [
  {
    name: 'masquerade',
    iface: { masquerade: {} },
    links: [link()],
    want: ['10.0.2.2', 'ffffff00', '0a000201', undefined],
  },
  { name: 'a bridge without an address', iface: { bridge: {} }, links: [link()], want: undefined },
  {
    name: 'a bridge with a subnet',
    iface: { bridge: {} },
    links: [link({ address: '10.244.0.5', prefixLength: 24, routes: viaSubnet })],
    want: ['10.244.0.5', 'ffffff00', '0af40001', undefined],
  },
  {
    name: 'a bridge whose router is on no subnet',
    iface: { bridge: {} },
    links: [link({ address: '10.244.0.5', prefixLength: 32, routes: viaLink })],
    want: ['10.244.0.5', 'ffffffff', 'a9fe0101', '20a9fe01010000000000a9fe0101'],
  },
  {
    name: 'a bridge to a network without a router',
    iface: { bridge: {} },
    links: [link({ address: '192.168.7.5', prefixLength: 16, routes: [] })],
    want: ['192.168.7.5', 'ffff0000', undefined, undefined],
  },
]) {
  test(`the lease of ${name}`, async () => {
    const [lease] = await leasesOf(vmiWith(iface), links, files);
    const told = new Map(
      (lease ? leaseOptions(lease) : []).map(({ code, value }) => [code, value.toString('hex')]),
    );
    const got = lease && [lease.guestAddress, ...[1, 3, 121].map((code) => told.get(code))];
    assert.deepEqual(got, want);
  });
}
