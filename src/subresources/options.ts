/** Request bodies: optional, JSON or YAML, parsed once. */
import * as v from 'valibot';
import { parse } from 'yaml';
import { messageOf } from '../support/errors.ts';
import { badRequest } from './refusal.ts';

const dryRun = v.optional(v.nullable(v.array(v.literal('All'))));

export const startOptions = v.object({ paused: v.optional(v.boolean(), false), dryRun });
export const stopOptions = v.object({ gracePeriod: v.optional(v.nullable(v.number())), dryRun });
export const restartOptions = v.object({ gracePeriodSeconds: v.optional(v.nullable(v.number())), dryRun });
export const pauseOptions = v.object({ dryRun });

/**
 * Reads a body against a schema; an empty one stands for all defaults.
 * @throws HttpError 400 that says what does not fit.
 */
export function parseOptions<T>(body: Buffer, schema: v.GenericSchema<unknown, T>): T {
  const result = v.safeParse(schema, decode(body) ?? {});
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? 'the body';
  throw badRequest(`Can not unmarshal Request body to struct, error: ${where}: ${issue.message}`);
}

function decode(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return parse(body.toString('utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw badRequest(`Can not unmarshal Request body to struct, error: ${messageOf(error)}`);
  }
}
