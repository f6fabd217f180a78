import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answerDhcpv6 } from './dhcpv6.ts';
import { decodeMessage, messageTypes, optionCodes, optionOf } from './dhcpv6-message.ts';
import type { Option } from './dhcpv6-message.ts';
import type { Ipv6Lease } from './lease.ts';
import { clientId, clientMessage, ourServer, wanted } from './testing.ts';

const lease: Ipv6Lease = {
  name: 'default',
  mac: '02:11:22:33:44:55',
  guestAddress: 'fd10:0:2::2',
  network: 'fd10:0:2::',
  prefixLength: 120,
  servers: ['fd77::53'],
  search: ['ns.svc.cluster.local'],
  mtu: 1400,
};
const rapid: Option = { code: optionCodes.rapidCommit, value: Buffer.alloc(0) };
const foreign: Option = { code: optionCodes.serverId, value: Buffer.from('00030001020000000009', 'hex') };
const holding = (held: string): Option => ({
  code: optionCodes.addresses,
  value: Buffer.from(`00000001000000000000000000050018${held}ffffffffffffffff`, 'hex'),
});
const own = 'fd100000000200000000000000000002';
const other = 'fd100000000200000000000000000003';
const address = `00000001ffffffffffffffff00050018${own}ffffffffffffffff`;
const none = '00000001ffffffffffffffff000d00020002';

interface Row {
  name: string;
  sent: Buffer;
  type?: keyof typeof messageTypes;
  addresses?: string[];
  status?: string;
  servers?: string;
}
const servers = 'fd770000000000000000000000000053';

suite('answers over DHCPv6', () => {
  const rows: Row[] = [
    {
      name: 'a solicitation gets the address advertised',
      sent: clientMessage('solicit', clientId, wanted),
      type: 'advertise',
      addresses: [address],
      servers,
    },
    {
      name: 'one that is in a hurry gets it at once',
      sent: clientMessage('solicit', clientId, wanted, rapid),
      type: 'reply',
      addresses: [address],
      servers,
    },
    {
      name: 'a second address is refused',
      sent: clientMessage('solicit', clientId, wanted, wanted),
      type: 'advertise',
      addresses: [address, none],
      servers,
    },
    {
      name: 'a request is granted',
      sent: clientMessage('request', clientId, ourServer, wanted),
      type: 'reply',
      addresses: [address],
      servers,
    },
    {
      name: 'a renewal is granted, whatever the guest had',
      sent: clientMessage('renew', clientId, ourServer, holding(other)),
      type: 'reply',
      addresses: [address],
      servers,
    },
    {
      name: 'so is a rebinding',
      sent: clientMessage('rebind', clientId, wanted),
      type: 'reply',
      addresses: [address],
      servers,
    },
    {
      name: 'the right address is confirmed',
      sent: clientMessage('confirm', clientId, holding(own)),
      type: 'reply',
      status: '0000',
    },
    {
      name: 'another is not',
      sent: clientMessage('confirm', clientId, holding(other)),
      type: 'reply',
      status: '0004',
    },
    {
      name: 'a release is acknowledged',
      sent: clientMessage('release', clientId, ourServer, holding(own)),
      type: 'reply',
      status: '0000',
    },
    {
      name: 'who asks for parameters gets them alone',
      sent: clientMessage('informationRequest'),
      type: 'reply',
      servers,
    },
    {
      name: 'a request to another server is left alone',
      sent: clientMessage('request', clientId, foreign, wanted),
    },
    { name: 'a request to no server is left alone', sent: clientMessage('request', clientId, wanted) },
    { name: 'a solicitation to a server is left alone', sent: clientMessage('solicit', clientId, ourServer) },
    { name: 'nobody asks without a name', sent: clientMessage('solicit', wanted) },
    { name: 'a server is not answered', sent: clientMessage('reply', clientId, ourServer) },
    { name: 'nothing', sent: Buffer.alloc(0) },
    {
      name: 'half an option',
      sent: Buffer.concat([clientMessage('solicit', clientId), Buffer.from([0, 3, 0])]),
    },
    { name: 'an option that runs past the end', sent: Buffer.from('01aabbcc0001ffff00', 'hex') },
    {
      name: 'a hundred options',
      sent: clientMessage('solicit', clientId, ...Array<Option>(100).fill(wanted)),
    },
  ];
  for (const { name, sent, type, addresses = [], status, servers: dns } of rows) {
    test(name, () => {
      const bytes = answerDhcpv6(lease, sent);
      const reply = bytes && decodeMessage(bytes);
      assert.equal(reply?.type, type === undefined ? undefined : messageTypes[type]);
      if (reply === undefined) return;
      assert.equal(reply.transaction.toString('hex'), 'aabbcc');
      assert.ok(optionOf(reply.options, optionCodes.serverId)?.equals(ourServer.value));
      const given = reply.options.filter(({ code }) => code === optionCodes.addresses);
      assert.deepEqual(
        given.map(({ value }) => value.toString('hex')),
        addresses,
      );
      assert.equal(optionOf(reply.options, optionCodes.status)?.toString('hex'), status);
      assert.equal(optionOf(reply.options, optionCodes.servers)?.toString('hex'), dns);
      assert.equal(
        optionOf(reply.options, optionCodes.rapidCommit) !== undefined,
        sent.includes(Buffer.from([0, 14, 0, 0])),
      );
    });
  }
});
