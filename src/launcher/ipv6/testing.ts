/** A DHCPv6 client's messages, for tests. */
import { encodeMessage, messageTypes, optionCodes } from './dhcpv6-message.ts';
import type { Option } from './dhcpv6-message.ts';

export const clientId: Option = {
  code: optionCodes.clientId,
  value: Buffer.from('00030001021122334455', 'hex'),
};
export const ourServer: Option = {
  code: optionCodes.serverId,
  value: Buffer.from('00030001020000000001', 'hex'),
};
/** Asks for an address, under the name 1. */
export const wanted: Option = {
  code: optionCodes.addresses,
  value: Buffer.from('000000010000000000000000', 'hex'),
};
const transaction = Buffer.from('aabbcc', 'hex');

export const clientMessage = (type: keyof typeof messageTypes, ...options: Option[]): Buffer =>
  encodeMessage({ type: messageTypes[type], transaction, options });
