/** The smallest JSON patch (RFC 6902) from one value to another that is made by adding and replacing. */
import { isRecord } from '../support/record.ts';

export type JsonPatch = readonly Operation[];

type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string };

/**
 * Operations that turn `before` into `after`: objects field by field, lists of equal length item by item. What
 * both share by identity is not looked into, so the work is that of the change.
 */
export function jsonPatch(before: unknown, after: unknown, path = ''): JsonPatch {
  if (before === after) return [];
  if (isRecord(before) && isRecord(after)) return objectPatch(before, after, path);
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => jsonPatch(item, after[index], `${path}/${index}`));
  }
  return [{ op: 'replace', path, value: after }];
}

function objectPatch(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: string,
): JsonPatch {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name): JsonPatch => {
    const below = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const value = after[name];
    if (before[name] === undefined) return value === undefined ? [] : [{ op: 'add', path: below, value }];
    return value === undefined ? [{ op: 'remove', path: below }] : jsonPatch(before[name], value, below);
  });
}
