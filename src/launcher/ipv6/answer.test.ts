import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answerFrame, advertisement, isAddressedToUs } from './answer.ts';
import { decodeDatagram, decodeFrame, encodeDatagram, encodeFrame, icmpv6, udp } from './frame.ts';
import type { Frame } from './frame.ts';
import type { Ipv6Lease } from './lease.ts';
import { clientId, clientMessage, wanted } from './testing.ts';

const mac = '02:11:22:33:44:55';
const lease: Ipv6Lease = {
  name: 'default',
  mac,
  guestAddress: 'fd10:0:2::2',
  network: 'fd10:0:2::',
  prefixLength: 120,
  servers: ['fd77::53'],
  search: ['a.b'],
  mtu: 1400,
};

const asked = (change: Partial<Frame> = {}): Frame => ({
  sourceMac: mac,
  targetMac: '33:33:00:00:00:02',
  source: 'fe80::11',
  target: 'ff02::2',
  hopLimit: 255,
  protocol: icmpv6,
  payload: Buffer.from('8500000000000000', 'hex'),
  ...change,
});
const solicit = clientMessage('solicit', clientId, wanted);
const datagram = (targetPort: number, data = solicit, source = 'fe80::11'): Frame =>
  asked({
    source,
    target: 'ff02::1:2',
    hopLimit: 1,
    protocol: udp,
    payload: encodeDatagram({ sourcePort: 546, targetPort, data }),
  });

suite('answers to frames', () => {
  const toAll: Partial<Frame> = {
    targetMac: '33:33:00:00:00:01',
    target: 'ff02::1',
    protocol: icmpv6,
    hopLimit: 255,
  };
  const toGuest = { targetMac: mac, target: 'fe80::11' };
  for (const { name, sent, want } of [
    {
      name: 'who asks for routers is told of one',
      sent: encodeFrame(asked()),
      want: { ...toGuest, protocol: icmpv6, hopLimit: 255 },
    },
    {
      name: 'who has no address yet is told with everybody',
      sent: encodeFrame(asked({ source: '::' })),
      want: toAll,
    },
    {
      name: 'DHCPv6 is answered',
      sent: encodeFrame(datagram(547)),
      want: { ...toGuest, protocol: udp, hopLimit: 64 },
    },
    { name: 'a question that came through a router is not', sent: encodeFrame(asked({ hopLimit: 254 })) },
    { name: 'nor one of somebody else', sent: encodeFrame(asked({ sourceMac: '02:00:00:00:00:99' })) },
    {
      name: 'nor other ICMPv6',
      sent: encodeFrame(asked({ payload: Buffer.from('8700000000000000', 'hex') })),
    },
    { name: 'nor another port', sent: encodeFrame(datagram(53)) },
    {
      name: 'nor DHCPv6 from anything but the link',
      sent: encodeFrame(datagram(547, solicit, 'fd10:0:2::2')),
    },
    { name: 'nor noise over DHCPv6', sent: encodeFrame(datagram(547, Buffer.from('noise'))) },
    { name: 'nor half a frame', sent: encodeFrame(asked()).subarray(0, 57) },
    { name: 'nor a frame that says it is longer', sent: encodeFrame(datagram(547)).subarray(0, 80) },
    { name: 'nor nothing', sent: Buffer.alloc(0) },
  ] satisfies { name: string; sent: Buffer; want?: Partial<Frame> }[]) {
    test(name, () => {
      const bytes = answerFrame(lease, sent);
      const reply = bytes && decodeFrame(bytes);
      assert.equal(reply === undefined, want === undefined);
      if (reply === undefined) return;
      const { source, targetMac, target, protocol, hopLimit } = reply;
      assert.deepEqual(
        { source, targetMac, target, protocol, hopLimit },
        { source: 'fe80::ff:fe00:1', ...want },
      );
    });
  }

  test('a router is told of with its MAC, the MTU, the network, resolvers and domains', () => {
    const payload = decodeFrame(advertisement(lease))?.payload.toString('hex') ?? '';
    const options = [
      '0101020000000001',
      '0501000000000578',
      '03047880ffffffffffffffff00000000fd100000000200000000000000000000',
      '19030000fffffffffd770000000000000000000000000053',
      '1f020000ffffffff0161016200000000',
    ];
    assert.equal(payload.slice(0, 4), '8600');
    assert.equal(payload.slice(8), `40c0232800000000${'0'.repeat(8)}${options.join('')}`);
  });

  test('checksums are right', () => {
    for (const frame of [advertisement(lease), answerFrame(lease, encodeFrame(datagram(547)))]) {
      assert.ok(frame);
      const length = frame.readUInt16BE(18);
      const words = Buffer.concat([frame.subarray(22), Buffer.alloc(frame.length % 2)]);
      let sum = length + frame.readUInt8(20);
      for (let at = 0; at < words.length; at += 2) sum += words.readUInt16BE(at);
      assert.equal(((sum & 0xffff) + (sum >>> 16)) & 0xffff, 0xffff);
    }
  });

  test('the answer over DHCPv6 goes to the port of clients', () => {
    const reply = answerFrame(lease, encodeFrame(datagram(547)));
    const ports = reply && decodeDatagram(decodeFrame(reply)?.payload ?? Buffer.alloc(0));
    assert.deepEqual([ports?.sourcePort, ports?.targetPort], [547, 546]);
  });

  const long = Array.from({ length: 6 }, (_, at) => `${`d${at}${'x'.repeat(50)}.`.repeat(4)}example`);
  for (const { name, frameOf } of [
    { name: 'advertisements', frameOf: (given: Ipv6Lease) => advertisement(given) },
    {
      name: 'solicited advertisements',
      frameOf: (given: Ipv6Lease) => answerFrame(given, encodeFrame(asked())),
    },
    {
      name: 'answers over DHCPv6',
      frameOf: (given: Ipv6Lease) => answerFrame(given, encodeFrame(datagram(547))),
    },
  ]) {
    test(`${name} carry the nearest search domains that the MTU has room for`, () => {
      const packet = (search: string[]): number =>
        (frameOf({ ...lease, mtu: 9000, search })?.length ?? 0) - 14;
      const frame = frameOf({ ...lease, search: long });
      const kept =
        [0, 1, 2, 3, 4, 5, 6].filter((count) => packet(long.slice(0, count)) <= lease.mtu).at(-1) ?? 0;
      assert.ok(kept > 0 && kept < long.length);
      assert.equal((frame?.length ?? 0) - 14, packet(long.slice(0, kept)));
      const marks = long.map((_, at) => frame?.includes(`d${at}xxx`));
      assert.deepEqual(
        marks,
        long.map((_, at) => at < kept),
      );
    });
  }

  for (const { name, frame, want } of [
    { name: 'of the guest to all routers', frame: asked({ targetMac: '33:33:00:00:00:02' }), want: true },
    { name: 'to DHCPv6 servers', frame: asked({ targetMac: '33:33:00:01:00:02' }), want: true },
    { name: 'to our own address', frame: asked({ targetMac: '02:00:00:00:00:02' }), want: true },
    { name: 'of multicast DNS', frame: asked({ targetMac: '33:33:00:00:00:fb' }), want: false },
    { name: 'to the bridge', frame: asked({ targetMac: '02:00:00:00:00:01' }), want: false },
  ]) {
    test(`a frame ${name} ${want ? 'is' : 'is not'} addressed to us`, () => {
      assert.equal(isAddressedToUs(encodeFrame(frame)), want);
    });
  }

  test('neither ARP nor half an Ethernet header is addressed to us', () => {
    const arp = encodeFrame(asked());
    arp.writeUInt16BE(0x0806, 12);
    assert.equal(isAddressedToUs(arp), false);
    assert.equal(isAddressedToUs(arp.subarray(0, 13)), false);
  });
});
