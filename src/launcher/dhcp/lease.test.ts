import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answer, leaseOptions } from './lease.ts';
import type { Lease } from './lease.ts';
import { decodePacket, formatAddress, messageTypes } from './packet.ts';
import { parseResolvConf } from './resolv-conf.ts';
import { clientPacket, optionsOf } from './testing.ts';
import type { ClientFields } from './testing.ts';

const lease: Lease = {
  name: 'default',
  mac: '02:00:00:00:00:01',
  guestAddress: '10.0.2.2',
  prefixLength: 24,
  serverAddress: '10.0.2.1',
  router: '10.0.2.1',
  resolver: {
    servers: ['10.96.0.10', '10.96.0.11'],
    servers6: [],
    search: ['ns.svc.cluster.local', 'cluster.local'],
  },
  hostname: 'testvm',
  mtu: 1450,
};
const address = (text: string) => Buffer.from(text.split('.').map(Number));
const requested = (text: string) => ({ code: 50, value: address(text) });
const server = (text: string) => ({ code: 54, value: address(text) });

suite('answers to a guest', () => {
  const { discover, offer, request, ack, nak, inform, decline, release } = messageTypes;
  const rows: { name: string; sent: ClientFields; type?: number; to?: string; your?: string }[] = [
    {
      name: 'a discovery gets an offer',
      sent: { messageType: discover },
      type: offer,
      to: '255.255.255.255',
      your: '10.0.2.2',
    },
    {
      name: 'a request for the offer is acknowledged',
      sent: { messageType: request, options: [requested('10.0.2.2'), server('10.0.2.1')] },
      type: ack,
      to: '255.255.255.255',
      your: '10.0.2.2',
    },
    {
      name: 'a renewal is acknowledged to its address',
      sent: { messageType: request, clientAddress: '10.0.2.2' },
      type: ack,
      to: '10.0.2.2',
      your: '10.0.2.2',
    },
    {
      name: 'a renewal that wants a broadcast gets one',
      sent: { messageType: request, clientAddress: '10.0.2.2', broadcast: true },
      type: ack,
      to: '255.255.255.255',
      your: '10.0.2.2',
    },
    {
      name: 'a request for another address is refused',
      sent: { messageType: request, options: [requested('192.168.1.7')] },
      type: nak,
      to: '255.255.255.255',
      your: '0.0.0.0',
    },
    {
      name: 'a request to another server is left alone',
      sent: { messageType: request, options: [requested('10.0.2.2'), server('10.0.2.9')] },
    },
    {
      name: 'a question for parameters is answered without an address',
      sent: { messageType: inform, clientAddress: '10.0.2.2' },
      type: ack,
      to: '10.0.2.2',
      your: '0.0.0.0',
    },
    { name: 'a stranger is left alone', sent: { messageType: discover, mac: '02:00:00:00:00:02' } },
    { name: 'declining is left alone', sent: { messageType: decline } },
    { name: 'releasing is left alone', sent: { messageType: release } },
    { name: 'an unknown type is left alone', sent: { messageType: 77 } },
  ];
  for (const { name, sent, type, to, your } of rows) {
    test(name, () => {
      const packet = decodePacket(clientPacket(sent));
      assert.ok(packet);
      const reply = answer(lease, packet);
      assert.equal(reply?.address, to);
      if (reply === undefined) return;
      assert.equal(optionsOf(reply.bytes).get(53)?.readUInt8(0), type);
      assert.equal(formatAddress(reply.bytes.subarray(16, 20)), your);
      assert.equal(reply.bytes.readUInt32BE(4), 0xdecafbad);
    });
  }
});

suite('what a guest is told', () => {
  const told = (change: Partial<Lease> = {}) =>
    new Map(leaseOptions({ ...lease, ...change }).map(({ code, value }) => [code, value]));

  test('the network, in the order of its importance', () => {
    const options = leaseOptions(lease).map(({ code, value }) => [code, value.toString('hex')]);
    assert.deepEqual(options, [
      [1, 'ffffff00'],
      [3, '0a000201'],
      [6, '0a60000a0a60000b'],
      [26, '05aa'],
      [12, Buffer.from('testvm').toString('hex')],
      [15, Buffer.from('ns.svc.cluster.local').toString('hex')],
      [119, Buffer.from('\x02ns\x03svc\x07cluster\x05local\0\x07cluster\x05local\0').toString('hex')],
    ]);
  });
  test('a subdomain comes first', () => {
    assert.equal(told({ subdomain: 'sub' }).get(15)?.toString(), 'sub.ns.svc.cluster.local');
  });
  test('the custom options of its interface, private codes only', () => {
    const options = told({
      custom: {
        bootFileName: 'pxe.0',
        tftpServerName: 'tftp.example',
        ntpServers: ['10.1.1.1', 'not an address'],
        privateOptions: [
          { option: 240, value: 'mine' },
          { option: 6, value: 'stolen' },
        ],
      },
    });
    assert.equal(options.get(67)?.toString(), 'pxe.0');
    assert.equal(options.get(66)?.toString(), 'tftp.example');
    assert.equal(options.get(42)?.toString('hex'), '0a010101');
    assert.equal(options.get(240)?.toString(), 'mine');
    assert.equal(options.get(6)?.toString('hex'), '0a60000a0a60000b');
  });
  for (const [prefixLength, mask] of [
    [16, 'ffff0000'],
    [30, 'fffffffc'],
    [32, 'ffffffff'],
  ] as const) {
    test(`the mask of /${prefixLength}`, () => {
      assert.equal(told({ prefixLength }).get(1)?.toString('hex'), mask);
    });
  }
});

suite('resolv.conf', () => {
  const rows: { name: string; text: string; servers: string[]; servers6?: string[]; search: string[] }[] = [
    { name: 'empty', text: '', servers: [], search: [] },
    {
      name: 'usual',
      text: 'search a.b b\nnameserver 1.2.3.4\noptions ndots:5\n',
      servers: ['1.2.3.4'],
      search: ['a.b', 'b'],
    },
    { name: 'the last search list wins', text: 'search a\nsearch b', servers: [], search: ['b'] },
    {
      name: 'servers of either family, and none of the pod alone',
      text: 'nameserver fd00::1\nnameserver 9.9.9.9\nnameserver fe80::1%eth0\nnameserver ::1',
      servers: ['9.9.9.9'],
      servers6: ['fd00::1'],
      search: [],
    },
    {
      name: 'names that are none are dropped',
      text: `search ok. -bad ${'x'.repeat(64)} Up`,
      servers: [],
      search: ['ok', 'up'],
    },
  ];
  for (const { name, text, servers, servers6 = [], search } of rows) {
    test(name, () => assert.deepEqual(parseResolvConf(text), { servers, servers6, search }));
  }
});
