import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pod, Vmi } from '../../api/types.ts';
import type { DomainReport, GuestInterface } from '../../launcher/protocol.ts';
import { interfacesOf } from './interfaces.ts';

const mac = '02:00:00:00:00:01';
const vmiWith = (binding: object, more: object[] = []): Vmi =>
  ({
    metadata: { name: 'vm', namespace: 'ns', uid: 'uid' },
    spec: {
      networks: [
        ...more.map(() => ({ name: 'blue', multus: { networkName: 'n' } })),
        { name: 'default', pod: {} },
      ],
      domain: { devices: { interfaces: [...more, { name: 'default', ...binding }] } },
    },
  }) as unknown as Vmi;
const podWith = (ips: string[], blue?: string[]): Pod =>
  ({
    metadata: {
      annotations:
        blue === undefined
          ? {}
          : {
              'k8s.v1.cni.cncf.io/network-status': JSON.stringify([
                { interface: 'pod16477688c0e', ips: blue },
              ]),
            },
    },
    status: { podIPs: ips.map((ip) => ({ ip })) },
  }) as unknown as Pod;
const reportWith = (guest?: GuestInterface[]): DomainReport => ({
  state: 'running',
  reason: 'booted',
  sequence: 1,
  interfaces: [
    { name: 'blue', mac: '02:00:00:00:00:02', device: 'tap1' },
    { name: 'default', mac, device: 'tap0' },
  ],
  ...(guest && { guestAgent: { asked: true, supported: true, interfaces: guest } }),
});
const dual = ['10.244.1.5', 'fd00:244::5'];
const masquerade = vmiWith({ masquerade: {} });
const said = (...addresses: string[]): GuestInterface[] => [
  { name: 'lo', mac: '00:00:00:00:00:00', addresses: ['127.0.0.1', '::1'] },
  { name: 'enp1s0', mac, addresses },
];

suite('addresses of an interface', () => {
  for (const { name, vmi, guest, want } of [
    { name: 'behind NAT: all of the pod', vmi: masquerade, guest: undefined, want: dual },
    {
      name: 'in the place of the pod: its IPv4',
      vmi: vmiWith({ bridge: {} }),
      guest: undefined,
      want: ['10.244.1.5'],
    },
    {
      name: "behind NAT: the pod's stand for the guest's of the same family",
      vmi: masquerade,
      guest: said('10.0.2.2', 'fd10:0:2::2', 'fe80::11'),
      want: dual,
    },
    {
      name: 'behind NAT: none of a family that the guest does not have',
      vmi: masquerade,
      guest: said('10.0.2.2', 'fe80::11'),
      want: ['10.244.1.5'],
    },
    {
      name: 'in the place of the pod: what the guest has of IPv6',
      vmi: vmiWith({ bridge: {} }),
      guest: said('10.244.1.5', '2001:db8::7', 'fe80::11'),
      want: ['10.244.1.5', '2001:db8::7', 'fe80::11'],
    },
    {
      name: 'of a bridge in the guest: with those of the interface below it',
      vmi: vmiWith({ bridge: {} }),
      guest: [
        { name: 'eth0', mac, addresses: ['fe80::11'] },
        { name: 'enp1s0', mac, addresses: ['10.244.1.5', 'fe80::11'] },
        { name: 'vlan7', mac, addresses: [] },
      ],
      want: ['10.244.1.5', 'fe80::11'],
    },
    {
      name: 'of a bridge in the guest: as behind NAT',
      vmi: masquerade,
      guest: [
        { name: 'eth0', mac, addresses: [] },
        { name: 'enp1s0', mac, addresses: ['10.0.2.2'] },
      ],
      want: ['10.244.1.5'],
    },
    { name: 'a guest without any', vmi: masquerade, guest: said(), want: undefined },
  ]) {
    test(name, () => {
      const [first] = interfacesOf(vmi, podWith(dual), reportWith(guest));
      assert.equal(first?.name, 'default');
      assert.deepEqual(first.ipAddresses, want);
      assert.equal(first.ipAddress, want?.[0]);
      assert.equal(first.interfaceName, guest && 'enp1s0');
      assert.equal(first.infoSource, guest ? 'domain, guest-agent' : 'domain');
    });
  }
});

test('the pod network comes first, and Multus tells of the rest', () => {
  const vmi = vmiWith({ masquerade: {} }, [{ name: 'blue', bridge: {}, state: 'down' }]);
  const [first, second] = interfacesOf(vmi, podWith(dual, ['192.168.7.5', 'fd07::5']), reportWith());
  assert.equal(first?.name, 'default');
  assert.deepEqual(second, {
    name: 'blue',
    mac: '02:00:00:00:00:02',
    infoSource: 'domain, multus-status',
    podInterfaceName: 'pod16477688c0e',
    queueCount: 1,
    linkState: 'down',
    ipAddress: '192.168.7.5',
    ipAddresses: ['192.168.7.5'],
  });
});

test('interfaces that only the guest knows are told of, ten at most', () => {
  const bridges = Array.from({ length: 20 }, (_, index) => ({
    name: `docker${index}`,
    mac: `02:42:00:00:00:${index.toString(16).padStart(2, '0')}`,
    addresses: Array<string>(40).fill('172.17.0.1'),
  }));
  const found = interfacesOf(masquerade, podWith(dual), reportWith([...said('10.0.2.2'), ...bridges]));
  assert.equal(found.length, 11);
  const { infoSource, interfaceName, name, ipAddresses } = found[1] ?? {};
  assert.deepEqual([infoSource, interfaceName, name], ['guest-agent', 'docker0', undefined]);
  assert.equal(ipAddresses?.length, 32);
});
