/** Parses what a launcher says: it may be controlled by a guest that broke out, so nothing is taken as is. */
import * as v from 'valibot';
import type { DomainEvent, DomainReport, Opened, Reply, WireError } from '../../launcher/protocol.ts';
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

const report = v.object({
  state: v.picklist(domainStates),
  reason: v.fallback(v.picklist(domainReasons), 'unknown'),
  sequence: count,
  failure: v.optional(wireError),
  machineType: v.optional(text),
  interfaces: v.pipe(v.array(v.object({ name: text, mac: text, device: text })), v.maxLength(64)),
  qemuVersion: v.optional(text),
  libvirtVersion: v.optional(text),
});

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

/** Checks a report; every method answers with one. */
export function parseReport(value: unknown): DomainReport {
  const result = v.safeParse(report, value);
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
