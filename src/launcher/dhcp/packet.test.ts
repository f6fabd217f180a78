import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { decodePacket, encodePacket, messageTypes, optionCodes } from './packet.ts';
import { clientPacket } from './testing.ts';

suite('DHCP packets', () => {
  const malformed: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['a header cut short', clientPacket({}).subarray(0, 239)],
    ['longer than a frame', Buffer.concat([clientPacket({}), Buffer.alloc(1500)])],
    ['a reply', patched(0, 2)],
    ['not Ethernet', patched(1, 6)],
    ['a hardware address of another length', patched(2, 16)],
    ['no magic', patched(236, 0)],
    ['no message type', clientPacket({ options: [] })],
    ['a message type of two bytes', clientPacket({ options: [{ code: 53, value: Buffer.from([1, 1]) }] })],
    [
      'an option that runs past the end',
      Buffer.concat([clientPacket({}).subarray(0, 240), Buffer.from([53, 9, 1])]),
    ],
    ['an option without a length', Buffer.concat([clientPacket({}).subarray(0, 240), Buffer.from([53])])],
  ];
  for (const [name, bytes] of malformed)
    test(`refuses ${name}`, () => assert.equal(decodePacket(bytes), undefined));

  test('reads what a client says', () => {
    const packet = decodePacket(
      clientPacket({
        messageType: messageTypes.request,
        clientAddress: '10.0.2.2',
        broadcast: true,
        options: [
          { code: 50, value: Buffer.from([10, 0, 2, 2]) },
          { code: 54, value: Buffer.from([10, 0, 2, 1]) },
          { code: 57, value: Buffer.from([5, 0]) },
        ],
      }),
    );
    assert.deepEqual(packet, {
      transactionId: 0xdecafbad,
      seconds: 0,
      broadcast: true,
      clientAddress: '10.0.2.2',
      gatewayAddress: '0.0.0.0',
      mac: '02:00:00:00:00:01',
      messageType: messageTypes.request,
      requestedAddress: '10.0.2.2',
      serverId: '10.0.2.1',
      maxMessageSize: 1280,
    });
  });

  const sizes: [string, number[], number][] = [
    ['absent', [], 576],
    ['absurdly small', [0, 1], 576],
    ['absurdly large', [255, 255], 1500],
  ];
  for (const [name, value, expected] of sizes) {
    test(`a maximum message size that is ${name} counts as ${expected}`, () => {
      const options = value.length === 0 ? [] : [{ code: 57, value: Buffer.from(value) }];
      assert.equal(decodePacket(clientPacket({ messageType: 1, options }))?.maxMessageSize, expected);
    });
  }

  test('leaves out what the client could not take, and cuts long options', () => {
    const request = decodePacket(clientPacket({}));
    assert.ok(request);
    const long = { code: optionCodes.domainSearch, value: Buffer.alloc(320, 7) };
    const short = { code: optionCodes.messageType, value: Buffer.from([2]) };
    const reply = { request, messageType: 2, yourAddress: '10.0.2.2', serverAddress: '10.0.2.1' };
    const small = encodePacket({ ...reply, options: [short, long] });
    assert.ok(small.length <= 576 - 28);
    assert.equal(small.includes(Buffer.alloc(200, 7)), false);
    const large = encodePacket({
      ...reply,
      request: { ...request, maxMessageSize: 1500 },
      options: [short, long],
    });
    assert.deepEqual([large[243], large[244], large[500], large[501]], [119, 255, 119, 65]);
  });

  test('survives anything a guest may send', () => {
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Buffer.concat([clientPacket({}).subarray(0, 240), randomBytes(round % 300)]);
      for (let flips = round % 4; flips > 0; flips -= 1)
        bytes[Math.floor(Math.random() * bytes.length)] = round & 255;
      const packet = decodePacket(bytes);
      if (packet === undefined) continue;
      const reply = encodePacket({
        request: packet,
        messageType: 2,
        yourAddress: '1.2.3.4',
        serverAddress: '1.2.3.5',
        options: [],
      });
      assert.ok(reply.length >= 300);
    }
  });
});

function patched(at: number, value: number): Buffer {
  const bytes = clientPacket({});
  bytes[at] = value;
  return bytes;
}
