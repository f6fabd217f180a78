/**
 * What a guest agent answers, in KubeVirt's words. Pure. The guest chooses every value: each is bounded, and one
 * that is not what it should be counts as not said.
 */
import { isIP } from 'node:net';
import type { FileSystem, GuestAgentInfo, GuestInterface, GuestOsInfo, GuestUser } from '../protocol.ts';
import { isRecord } from '../../support/record.ts';

/** Longest text taken from a guest, in characters. */
const maxText = 1024;
/** Most entries of one list. */
const maxEntries = 512;

type Json = Readonly<Record<string, unknown>>;

/** Value of `return` in an answer. @throws SyntaxError when it is no JSON. */
export function answerOf(reply: string): unknown {
  return objectOf(JSON.parse(reply))['return'];
}

/** Version and commands of the agent itself. */
export function agentOf(answer: unknown): Pick<GuestAgentInfo, 'guestAgentVersion' | 'supportedCommands'> {
  const { version, supported_commands: commands } = objectOf(answer);
  return {
    ...text('guestAgentVersion', version),
    supportedCommands: listOf(commands).map((command) => ({
      name: textOf(command['name']) ?? '',
      enabled: command['enabled'] === true,
    })),
  };
}

export function osOf(answer: unknown): GuestOsInfo {
  const os = objectOf(answer);
  return {
    ...text('id', os['id']),
    ...text('name', os['name']),
    ...text('prettyName', os['pretty-name']),
    ...text('version', os['version']),
    ...text('versionId', os['version-id']),
    ...text('kernelRelease', os['kernel-release']),
    ...text('kernelVersion', os['kernel-version']),
    ...text('machine', os['machine']),
  };
}

export const hostnameOf = (answer: unknown): string | undefined => textOf(objectOf(answer)['host-name']);

/** Name and offset from UTC in seconds, as KubeVirt joins them. */
export function timezoneOf(answer: unknown): string | undefined {
  const { zone, offset } = objectOf(answer);
  return typeof offset === 'number' && Number.isFinite(offset)
    ? `${textOf(zone) ?? ''}, ${offset}`
    : undefined;
}

/** `frozen` or `thawed`. */
export const freezeStatusOf = (answer: unknown): string | undefined => textOf(answer);

export const usersOf = (answer: unknown): GuestUser[] =>
  listOf(answer).map((user) => ({
    userName: textOf(user['user']) ?? '',
    ...text('domain', user['domain']),
    ...number('loginTime', user['login-time']),
  }));

export const fileSystemsOf = (answer: unknown): FileSystem[] =>
  listOf(answer).map((system) => ({
    diskName: textOf(system['name']) ?? '',
    mountPoint: textOf(system['mountpoint']) ?? '',
    fileSystemType: textOf(system['type']) ?? '',
    usedBytes: bytesOf(system['used-bytes']),
    totalBytes: bytesOf(system['total-bytes']),
    ...disksOf(system['disk']),
  }));

function disksOf(value: unknown): Pick<FileSystem, 'disk'> {
  const disk = listOf(value).map((each) => ({
    busType: textOf(each['bus-type']) ?? '',
    ...text('serial', each['serial']),
  }));
  return disk.length === 0 ? {} : { disk };
}

/** Most interfaces, and most addresses of each, that are told: a machine has 32 slots, an interface a few. */
const maxInterfaces = 64;
const maxAddresses = 32;
const macAddress = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** Linux allows 15 bytes, other systems write sentences. */
const maxInterfaceName = 64;

/** A guest's interfaces in its order; one without a MAC address, or of a strange one, is left out. */
export const interfacesOf = (answer: unknown): GuestInterface[] =>
  listOf(answer)
    .flatMap((entry) => {
      const mac = textOf(entry['hardware-address'])?.toLowerCase() ?? '';
      const name = textOf(entry['name'])?.slice(0, maxInterfaceName) ?? '';
      return macAddress.test(mac) ? [{ name, mac, addresses: addressesOf(entry['ip-addresses']) }] : [];
    })
    .slice(0, maxInterfaces);

const addressesOf = (value: unknown): string[] =>
  listOf(value)
    .map((entry) => textOf(entry['ip-address']) ?? '')
    .filter(isAddress)
    .slice(0, maxAddresses);

/** An address proper: what may follow a percent sign is any text. */
export const isAddress = (value: string): boolean => isIP(value) !== 0 && !value.includes('%');

/** What KubeVirt counts on; an agent without one of these is called unsupported. */
const needed = `guest-ping guest-get-time guest-info guest-shutdown guest-network-get-interfaces
  guest-get-fsinfo guest-get-host-name guest-get-users guest-get-timezone guest-get-osinfo`.split(/\s+/);

export function isSupported({ supportedCommands = [] }: Pick<GuestAgentInfo, 'supportedCommands'>): boolean {
  const enabled = new Set(supportedCommands.flatMap((command) => (command.enabled ? [command.name] : [])));
  return needed.every((command) => enabled.has(command));
}

const objectOf = (value: unknown): Json => (isRecord(value) ? value : {});

const listOf = (value: unknown): Json[] =>
  Array.isArray(value) ? value.slice(0, maxEntries).map(objectOf) : [];

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, maxText) : undefined;

const bytesOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

/** JSON can write what becomes infinite, and has no word for that. */
function number<Name extends string>(name: Name, value: unknown): { [N in Name]?: number } {
  return (Number.isFinite(value) ? { [name]: value } : {}) as { [N in Name]?: number };
}

function text<Name extends string>(name: Name, value: unknown): { [N in Name]?: string } {
  const known = textOf(value);
  return (known === undefined ? {} : { [name]: known }) as { [N in Name]?: string };
}
