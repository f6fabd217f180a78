/** Request bodies: optional, JSON or YAML, parsed once. */
import * as v from 'valibot';
import { parse } from 'yaml';
import { messageOf } from '../support/errors.ts';
import { badRequest } from './refusal.ts';

const dryRun = v.optional(v.nullable(v.array(v.literal('All'))));
const seconds = v.optional(v.nullable(v.pipe(v.number(), v.integer())));
const name = v.optional(v.string(), '');
const labels = v.optional(v.nullable(v.record(v.string(), v.string())));
/** Objects whose fields nothing here looks at. */
const anything = v.optional(v.nullable(v.record(v.string(), v.unknown())));

export const startOptions = v.object({ paused: v.optional(v.boolean(), false), dryRun });
export const stopOptions = v.object({ gracePeriod: seconds, dryRun });
export const restartOptions = v.object({ gracePeriodSeconds: seconds, dryRun });
export const pauseOptions = v.object({ dryRun });
export const migrateOptions = v.object({ addedNodeSelector: labels, dryRun });
/** `unfreezeTimeout` is a duration as Go writes it: `5m0s`. */
export const freezeOptions = v.object({ unfreezeTimeout: v.optional(v.nullable(v.string())) });
export const evacuateCancelOptions = v.object({ evacuationNodeName: name, dryRun });
export const addVolumeOptions = v.object({ name, disk: anything, volumeSource: anything, dryRun });
export const removeVolumeOptions = v.object({ name, dryRun });
export const memoryDumpOptions = v.object({ claimName: name });
export const objectGraphOptions = v.object({
  includeOptionalNodes: v.optional(v.nullable(v.boolean())),
  labelSelector: v.optional(
    v.nullable(
      v.object({
        matchLabels: labels,
        matchExpressions: v.optional(
          v.nullable(
            v.array(
              v.object({
                key: v.string(),
                operator: v.picklist(['In', 'NotIn', 'Exists', 'DoesNotExist']),
                values: v.optional(v.nullable(v.array(v.string()))),
              }),
            ),
          ),
        ),
      }),
    ),
  ),
});
export const sevSessionOptions = v.object({ session: name, dhCert: name });
export const sevSecretOptions = v.object({ header: name, secret: name });

/** Whether the request is to change nothing. */
export const isDryRun = (options: { dryRun?: readonly string[] | null | undefined }): boolean =>
  (options.dryRun ?? []).length > 0;

/**
 * Reads a body against a schema; an empty one stands for all defaults.
 * @throws HttpError 400 that says what does not fit.
 */
export function parseOptions<T>(body: Buffer, schema: v.GenericSchema<unknown, T>): T {
  const value = decode(body) ?? {};
  if (Array.isArray(value)) throw malformed('the body is a list and no object');
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? 'the body';
  throw malformed(`${where}: ${issue.message}`);
}

/** Longer than anybody writes options by hand: time to read YAML grows with the square of the number of its keys. */
const mostYamlBytes = 16 * 1024;

function decode(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (body.length > mostYamlBytes) {
      throw malformed(`${messageOf(error)}; YAML may have ${mostYamlBytes} bytes at most, so send JSON`);
    }
    return decodeYaml(text);
  }
}

function decodeYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw malformed(messageOf(error));
  }
}

const malformed = (why: string): Error =>
  badRequest(`Can not unmarshal Request body to struct, error: ${why}`);

const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/**
 * Seconds of a duration as Go writes it: numbers with units, as `1h30m` or `1.5s`.
 * @returns undefined when it is none, or negative.
 */
export function durationSeconds(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit = 's']) => sum + Number(count) * (unitSeconds[unit] ?? 1), 0);
}
