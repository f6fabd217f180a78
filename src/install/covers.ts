/** Whether an object already is what is wanted. Pure. */

/**
 * True when everything in `wanted` is in `live`. What the API server filled in beside it does not count;
 * lists must have the same length, element by element.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((element, index) => covers(live[index], element))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const object = live as Record<string, unknown> | null | undefined;
    if (typeof object !== 'object' || object === null) return Object.keys(wanted).length === 0;
    return Object.entries(wanted).every(([key, value]) => covers(object[key], value));
  }
  return live === wanted;
}
