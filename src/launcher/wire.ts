/** Checks what arrives on the socket, once, at the edge. Pure. */
import * as v from 'valibot';
import type { Vmi } from '../api/types.ts';
import { podLinkSchema } from '../network/links.ts';
import type { PodLink } from '../network/links.ts';
import { MonovirtError } from '../support/errors.ts';
import { protocolVersion } from './protocol.ts';
import type { Methods, Opening, ProbeQuestion } from './protocol.ts';
import { isRecord } from '../support/record.ts';

/** A request whose parameters fit its method. */
export type CheckedRequest = {
  [M in keyof Methods]: { id: number; method: M; params: Methods[M]['params'] };
}[keyof Methods];

/** A request for something that this launcher does not know: the agent may be the younger of the two. */
export interface UnknownRequest {
  id: number;
  unknown: string;
}

type Json = Record<string, unknown>;

/** Longest period that makes sense, in seconds: ten years. */
const maxSeconds = 10 * 365 * 24 * 3600;

/** Reads the first line of a connection. @throws MonovirtError `ProtocolError`. */
export function parseOpening(line: string): Opening {
  const value = parseObject(line);
  const { open, version, wake } = value;
  if (version !== protocolVersion)
    throw bad(`protocol version ${JSON.stringify(version)}: ${protocolVersion} is spoken here`);
  if (open === 'screenshot') return { open, version: protocolVersion, wake: wake === true };
  if (open === 'probe') return { open, version: protocolVersion, probe: parseProbe(value['probe']) };
  if (open === 'control' || open === 'console' || open === 'vnc') return { open, version: protocolVersion };
  throw bad(`unknown kind of connection ${JSON.stringify(open)}`);
}

function parseProbe(value: unknown): ProbeQuestion {
  if (!isRecord(value)) throw bad('a probe needs a question');
  const { command } = value;
  const timeoutSeconds = parseSeconds('a probe', value['timeoutSeconds']);
  if (command === undefined) return { timeoutSeconds };
  if (Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === 'string'))
    return { timeoutSeconds, command };
  throw bad('a probe needs a command of texts');
}

/** Reads a request. @throws MonovirtError `ProtocolError`. */
export function parseRequest(line: string): CheckedRequest | UnknownRequest {
  const { id, method, params } = parseObject(line);
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw bad('a request needs an integer id');
  if (!isRecord(params)) throw bad('a request needs an object of params');
  if (typeof method !== 'string') throw bad('a request needs the name of a method');
  if (!isMethod(method)) return { id, unknown: method };
  // The parser of a method makes its parameters; the compiler cannot follow one name through two tables.
  return { id, method, params: parsers[method](params) } as CheckedRequest;
}

const none = (): Record<string, never> => ({});

const parsers: { readonly [M in keyof Methods]: (params: Json) => Methods[M]['params'] } = {
  sync: parseSync,
  report: none,
  shutdown: ({ gracePeriodSeconds }) => ({
    gracePeriodSeconds: parseSeconds('shutdown', gracePeriodSeconds),
  }),
  pause: none,
  unpause: none,
  reset: none,
  softReboot: none,
  freeze: ({ unfreezeTimeoutSeconds }) => ({
    unfreezeTimeoutSeconds: parseSeconds('freeze', unfreezeTimeoutSeconds),
  }),
  unfreeze: none,
  guestInfo: none,
  guestUsers: none,
  guestFileSystems: none,
};

const isMethod = (name: string): name is keyof Methods => Object.hasOwn(parsers, name);

function parseSync(params: Json): Methods['sync']['params'] {
  const { vmi, options } = params;
  if (!isRecord(options) || typeof options['networkReady'] !== 'boolean')
    throw bad('sync needs options.networkReady');
  if (!isVmi(vmi)) throw bad('sync needs a VMI with metadata.name, metadata.uid and spec.domain.devices');
  return { vmi, options: { networkReady: options['networkReady'], links: parsePodLinks(options['links']) } };
}

function parsePodLinks(value: unknown): PodLink[] {
  const links = v.safeParse(v.optional(v.array(podLinkSchema), []), value);
  if (links.success) return links.output;
  throw bad('sync has options.links that are no links of a pod');
}

function parseSeconds(method: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= maxSeconds) return value;
  throw bad(`${method} needs seconds of 0 or more`);
}

/** The API server has validated the object against its schema; here only what would otherwise be a crash. */
function isVmi(value: unknown): value is Vmi {
  if (!isRecord(value)) return false;
  const { metadata, spec } = value;
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string' || typeof metadata['uid'] !== 'string')
    return false;
  return isRecord(spec) && isRecord(spec['domain']) && isRecord(spec['domain']['devices']);
}

function parseObject(line: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw bad('a line is not JSON');
  }
  if (isRecord(value)) return value;
  throw bad('a line is not a JSON object');
}

const bad = (why: string): MonovirtError => new MonovirtError('ProtocolError', why, 'never');
