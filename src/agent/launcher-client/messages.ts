/** Parses what a launcher says: it may be controlled by a guest that broke out, so nothing is taken as is. */
import * as v from 'valibot';
import type {
  DomainEvent,
  DomainReport,
  FileSystem,
  GuestAgentInfo,
  GuestAgentReport,
  GuestInterface,
  GuestOsInfo,
  GuestUser,
  Methods,
  Opened,
  Reply,
  WireError,
} from '../../launcher/protocol.ts';
import { isAddress } from '../../launcher/guest/replies.ts';
import { domainReasons, domainStates } from '../../libvirt/domain-state.ts';
import { MonovirtError } from '../../support/errors.ts';

/** Longest text taken from a launcher, in characters; it goes into conditions and events. */
const maxText = 1024;
const text = v.pipe(
  v.string(),
  v.transform((value) => value.slice(0, maxText)),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const wireError: v.GenericSchema<unknown, WireError> = v.object({ reason: text, message: text });

/** Most entries taken of one list. */
const maxEntries = 512;
const listOf = <T>(entry: v.GenericSchema<unknown, T>) => v.pipe(v.array(entry), v.maxLength(maxEntries));

const guestOs: v.GenericSchema<unknown, GuestOsInfo> = v.object({
  id: v.optional(text),
  name: v.optional(text),
  prettyName: v.optional(text),
  version: v.optional(text),
  versionId: v.optional(text),
  kernelRelease: v.optional(text),
  kernelVersion: v.optional(text),
  machine: v.optional(text),
});

const guestUser: v.GenericSchema<unknown, GuestUser> = v.object({
  userName: text,
  domain: v.optional(text),
  loginTime: v.optional(v.number()),
});

const fileSystem: v.GenericSchema<unknown, FileSystem> = v.object({
  diskName: text,
  mountPoint: text,
  fileSystemType: text,
  usedBytes: count,
  totalBytes: count,
  disk: v.optional(listOf(v.object({ busType: text, serial: v.optional(text) }))),
});

const guestInfo: v.GenericSchema<unknown, GuestAgentInfo> = v.object({
  guestAgentVersion: v.optional(text),
  supportedCommands: v.optional(listOf(v.object({ name: text, enabled: v.boolean() }))),
  hostname: v.optional(text),
  os: v.optional(guestOs),
  timezone: v.optional(text),
  userList: v.optional(listOf(guestUser)),
  fsInfo: v.optional(v.object({ disks: listOf(fileSystem) })),
  fsFreezeStatus: v.optional(text),
});

const guestInterface: v.GenericSchema<unknown, GuestInterface> = v.object({
  name: text,
  mac: text,
  addresses: v.pipe(v.array(v.pipe(v.string(), v.check(isAddress))), v.maxLength(32)),
});

const guestAgent: v.GenericSchema<unknown, GuestAgentReport> = v.object({
  asked: v.boolean(),
  supported: v.boolean(),
  os: v.optional(guestOs),
  interfaces: v.optional(v.pipe(v.array(guestInterface), v.maxLength(64))),
});

const report: v.GenericSchema<unknown, DomainReport> = v.object({
  state: v.picklist(domainStates),
  reason: v.fallback(v.picklist(domainReasons), 'unknown'),
  sequence: count,
  failure: v.optional(wireError),
  machineType: v.optional(text),
  interfaces: v.pipe(v.array(v.object({ name: text, mac: text, device: text })), v.maxLength(64)),
  qemuVersion: v.optional(text),
  libvirtVersion: v.optional(text),
  guestAgent: v.optional(guestAgent),
  ioError: v.optional(v.object({ volume: text, full: v.boolean() })),
  credentials: v.optional(
    v.object({ synchronized: v.boolean(), reason: v.optional(text), message: v.optional(text) }),
  ),
  frozen: v.optional(v.boolean()),
});

/** What each method answers with. */
const results: { readonly [M in keyof Methods]: v.GenericSchema<unknown, Methods[M]['result']> } = {
  sync: report,
  report,
  shutdown: report,
  pause: report,
  unpause: report,
  reset: report,
  softReboot: report,
  freeze: report,
  unfreeze: report,
  guestInfo,
  guestUsers: listOf(guestUser),
  guestFileSystems: listOf(fileSystem),
};

const opened = v.union([
  v.object({ ok: v.literal(true), uid: text, version: count }),
  v.object({ ok: v.literal(false), error: wireError }),
]);

const message = v.union([
  v.object({ event: v.literal('domain'), report }),
  v.object({ id: count, error: wireError }),
  v.object({ id: count, result: v.unknown() }),
]);

/** A line on a control connection: an answer, or an event nobody asked for. */
export type ControlMessage = Reply | DomainEvent;

export const parseOpened = (line: string): Opened => parse(opened, line);
export const parseControl = (line: string): ControlMessage => parse(message, line);

/** Checks the answer to a request. */
export function parseResult<M extends keyof Methods>(method: M, value: unknown): Methods[M]['result'] {
  const result = v.safeParse(results[method], value);
  if (result.success) return result.output;
  throw malformed(v.summarize(result.issues));
}

function parse<S extends v.GenericSchema>(schema: S, line: string): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformed('it is not JSON');
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw malformed(v.summarize(result.issues));
}

const malformed = (why: string): MonovirtError =>
  new MonovirtError('MalformedMessage', `the launcher sent a line that makes no sense: ${why}`);
