/** A DHCPv6 server that knows one client and one address. Pure. */
import { ipv6Bytes } from '../../network/ipv6.ts';
import { bridgeMac } from '../../network/router.ts';
import { encodeDomain } from '../dhcp/domain.ts';
import { decodeMessage, decodeOptions, encodeMessage, encodeOptions } from './dhcpv6-message.ts';
import { messageTypes, optionCodes, optionOf } from './dhcpv6-message.ts';
import type { Message, Option } from './dhcpv6-message.ts';
import { macBytes } from './frame.ts';
import type { Ipv6Lease } from './lease.ts';

export const serverPort = 547;
export const clientPort = 546;

/** Link-layer address, of Ethernet. */
const serverId = Buffer.concat([Buffer.from([0, 3, 0, 1]), macBytes(bridgeMac)]);
const forever = 0xffffffff;
const status = { success: 0, noAddresses: 2, notOnLink: 4 } as const;

/** Which messages have to name a server, and which must not. */
const { solicit, request, confirm, renew, rebind, release, decline, informationRequest } = messageTypes;
const toThisServer: ReadonlySet<number> = new Set([request, renew, release, decline]);
const toAnyServer: ReadonlySet<number> = new Set([solicit, confirm, rebind]);

/** Answers a message of this lease's guest; undefined when nothing is to be said. */
export function answerDhcpv6(lease: Ipv6Lease, bytes: Buffer): Buffer | undefined {
  const message = decodeMessage(bytes);
  if (message === undefined || !isForUs(message)) return undefined;
  const { type, options } = message;
  const rapid = type === solicit && optionOf(options, optionCodes.rapidCommit) !== undefined;
  const clientId = optionOf(options, optionCodes.clientId);
  return encodeMessage({
    type: type === solicit && !rapid ? messageTypes.advertise : messageTypes.reply,
    transaction: message.transaction,
    options: [
      { code: optionCodes.serverId, value: serverId },
      ...(clientId === undefined ? [] : [{ code: optionCodes.clientId, value: clientId }]),
      ...(rapid ? [{ code: optionCodes.rapidCommit, value: Buffer.alloc(0) }] : []),
      ...contentFor(lease, message),
    ],
  });
}

function isForUs({ type, options }: Message): boolean {
  const server = optionOf(options, optionCodes.serverId);
  const client = optionOf(options, optionCodes.clientId);
  const known = client !== undefined && client.length <= 130;
  if (toThisServer.has(type)) return known && server?.equals(serverId) === true;
  if (toAnyServer.has(type)) return known && server === undefined;
  return type === informationRequest && (server === undefined || server.equals(serverId));
}

function contentFor(lease: Ipv6Lease, { type, options }: Message): Option[] {
  switch (type) {
    case confirm:
      return [statusOption(areConfirmed(lease, options) ? status.success : status.notOnLink)];
    case release:
    case decline:
      return [statusOption(status.success)];
    case informationRequest:
      return configuration(lease);
    default:
      return [
        { code: optionCodes.preference, value: Buffer.from([255]) },
        ...addressOptions(lease, options),
        ...configuration(lease),
      ];
  }
}

/** Whether each address that the guest still has is the one it would get. */
function areConfirmed(lease: Ipv6Lease, options: readonly Option[]): boolean {
  const own = ipv6Bytes(lease.guestAddress);
  return options
    .filter(({ code }) => code === optionCodes.addresses)
    .flatMap(({ value }) => decodeOptions(value.subarray(12)) ?? [])
    .filter(({ code }) => code === optionCodes.address)
    .every(({ value }) => value.subarray(0, 16).equals(own));
}

/** The address for the first that asks for one; there is no second. */
function addressOptions(lease: Ipv6Lease, options: readonly Option[]): Option[] {
  return options
    .filter(({ code, value }) => code === optionCodes.addresses && value.length >= 12)
    .map(({ value }, index) => ({
      code: optionCodes.addresses,
      value: Buffer.concat([
        value.subarray(0, 4),
        numbers(forever, forever),
        encodeOptions([index === 0 ? addressOption(lease) : statusOption(status.noAddresses)]),
      ]),
    }));
}

const addressOption = ({ guestAddress }: Ipv6Lease): Option => ({
  code: optionCodes.address,
  value: Buffer.concat([ipv6Bytes(guestAddress), numbers(forever, forever)]),
});

function configuration({ servers, search }: Ipv6Lease): Option[] {
  return [
    { code: optionCodes.servers, value: Buffer.concat(servers.map(ipv6Bytes)) },
    { code: optionCodes.search, value: Buffer.concat(search.map(encodeDomain)) },
  ].filter(({ value }) => value.length > 0);
}

const statusOption = (code: number): Option => ({
  code: optionCodes.status,
  value: Buffer.from([0, code]),
});

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
