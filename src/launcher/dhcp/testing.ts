/** A DHCP client's packets, for tests. */
import type { Option } from './packet.ts';
import { parseAddress } from './packet.ts';

export interface ClientFields {
  mac?: string;
  messageType?: number;
  clientAddress?: string;
  broadcast?: boolean;
  /** Instead of the message type alone, or behind it when that is given. */
  options?: Option[];
}

export function clientPacket(fields: ClientFields): Buffer {
  const { mac = '02:00:00:00:00:01', clientAddress = '0.0.0.0', broadcast = false } = fields;
  const header = Buffer.alloc(240);
  header.set([1, 1, 6, 0], 0);
  header.writeUInt32BE(0xdecafbad, 4);
  header.writeUInt16BE(broadcast ? 0x8000 : 0, 10);
  header.set(parseAddress(clientAddress), 12);
  header.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), 28);
  header.writeUInt32BE(0x63825363, 236);
  const type = fields.messageType ?? (fields.options === undefined ? 1 : undefined);
  const options = [
    ...(type === undefined ? [] : [{ code: 53, value: Buffer.from([type]) }]),
    ...(fields.options ?? []),
  ];
  const encoded = options.map(({ code, value }) => Buffer.concat([Buffer.from([code, value.length]), value]));
  return Buffer.concat([header, ...encoded, Buffer.from([255])]);
}

/** Options of a server's reply by code. */
export function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 240; at < bytes.length && bytes[at] !== 255;) {
    const [code = 0, length = 0] = bytes.subarray(at, at + 2);
    if (code === 0) break;
    found.set(
      code,
      Buffer.concat([found.get(code) ?? Buffer.alloc(0), bytes.subarray(at + 2, at + 2 + length)]),
    );
    at += 2 + length;
  }
  return found;
}
