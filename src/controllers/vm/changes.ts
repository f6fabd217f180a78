/** Which fields of two JSON values differ, as paths that a user can read. Pure. */
import { sameJson } from '../../api/same-json.ts';

/** Objects may be nested deeper than a recursion survives; below this a difference is told as a whole. */
const maxDepth = 24;

/** The paths of all differences; lists of different lengths differ as a whole, and an empty one is like none. */
export function changedFields(before: unknown, after: unknown, path: string, depth = 0): string[] {
  if (isNothing(before) && isNothing(after)) return [];
  if (depth === maxDepth || !isTree(before) || !isTree(after) || !areAlike(before, after))
    return sameJson(before, after) ? [] : [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const below = Array.isArray(after) ? `${path}[${name}]` : `${path}.${name}`;
    return changedFields(childOf(before, name), childOf(after, name), below, depth + 1);
  });
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

function areAlike(before: object, after: object): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return Array.isArray(before) === Array.isArray(after);
  return before.length === after.length;
}

const childOf = (tree: object, name: string): unknown =>
  Object.hasOwn(tree, name) ? (tree as Record<string, unknown>)[name] : undefined;
