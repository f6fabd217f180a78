/** JSON merge patches (RFC 7386) between two states of an object. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../support/record.ts';

type Json = Record<string, unknown>;

/**
 * The merge patch that turns `before` into `after`; undefined when they are equal. Properties that are
 * undefined count as absent; lists are replaced whole.
 */
export function mergePatch(before: object, after: object): Json | undefined {
  const [old, wanted] = [before as Json, after as Json];
  const patch: Json = {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(wanted)])) {
    const change = changeOf(old[key], wanted[key]);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The patch's value for one property: null to remove it, undefined to leave it. */
function changeOf(old: unknown, wanted: unknown): unknown {
  if (wanted === undefined) return old === undefined ? undefined : null;
  if (isRecord(old) && isRecord(wanted)) return mergePatch(old, wanted);
  return isDeepStrictEqual(old, wanted) ? undefined : wanted;
}
