/** Rules on what an interface's guest is told over DHCP. */
import type { Interface } from '../types.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachInterface } from './interfaces.ts';
import { parseIpv4 } from './networks.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

type Options = NonNullable<Interface['dhcpOptions']>;

function forEachOptions(context: SpecContext, each: (options: Options, field: string) => Cause[]): Cause[] {
  return forEachInterface(context, ({ dhcpOptions }, field) =>
    dhcpOptions ? each(dhcpOptions, `${field}.dhcpOptions`) : [],
  );
}

export function privateOptionsDiffer(context: SpecContext): Cause[] {
  return forEachOptions(context, ({ privateOptions }, field) =>
    repeats(privateOptions ?? [], ({ option }) => option).map(({ index, first }) =>
      invalid(
        `${field}.privateOptions[${index}].option`,
        `Found Duplicates: you have provided duplicate DHCPPrivateOptions; the entry at index ${first} has the same option`,
      ),
    ),
  );
}

export function privateOptionsAreInRange(context: SpecContext): Cause[] {
  return forEachOptions(context, ({ privateOptions }, field) =>
    forEachItem(privateOptions, `${field}.privateOptions`, ({ option }, item) =>
      option >= 224 && option <= 254
        ? []
        : [
            invalid(
              `${item}.option`,
              `provided DHCPPrivateOptions are out of range, must be in range 224 to 254; found ${option}`,
            ),
          ],
    ),
  );
}

export function ntpServersAreIpv4(context: SpecContext): Cause[] {
  return forEachOptions(context, ({ ntpServers }, field) =>
    forEachItem(ntpServers, `${field}.ntpServers`, (server, item) =>
      parseIpv4(server) !== undefined
        ? []
        : [invalid(item, `NTP servers must be a list of valid IPv4 addresses. '${server}' is none`)],
    ),
  );
}

/** The longest value of an option, in bytes; and how many addresses one holds here. */
const limits = { bytes: 255, servers: 8 };

export function dhcpOptionsFit(context: SpecContext): Cause[] {
  return forEachOptions(context, ({ bootFileName, tftpServerName, ntpServers, privateOptions }, field) => {
    const texts = [
      { at: `${field}.bootFileName`, value: bootFileName },
      { at: `${field}.tftpServerName`, value: tftpServerName },
      ...(privateOptions ?? []).map(({ value }, index) => ({
        at: `${field}.privateOptions[${index}].value`,
        value,
      })),
    ];
    const long = texts.filter(({ value }) => Buffer.byteLength(value ?? '') > limits.bytes);
    const many = (ntpServers?.length ?? 0) > limits.servers;
    return [
      ...long.map(({ at }) => invalid(at, `${at} is longer than the ${limits.bytes} bytes of a DHCP option`)),
      ...(many ? [invalid(`${field}.ntpServers`, `at most ${limits.servers} NTP servers can be told`)] : []),
    ];
  });
}
