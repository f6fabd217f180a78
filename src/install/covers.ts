/** Whether an object already is what is wanted. Pure. */
import { isRecord } from '../support/record.ts';

/**
 * True when everything in `wanted` is in `live`. What the API server filled in beside it does not count.
 * Elements of a list that have names are found by name, and others may stand beside them, as with server-side
 * apply; other lists must have the same length, element by element.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) return Array.isArray(live) && coversList(live, wanted);
  if (!isRecord(wanted)) return live === wanted;
  if (!isRecord(live)) return Object.keys(wanted).length === 0;
  return Object.entries(wanted).every(([key, value]) => covers(live[key], value));
}

function coversList(live: readonly unknown[], wanted: readonly unknown[]): boolean {
  if (wanted.length > 0 && wanted.every((element) => nameOf(element) !== undefined)) {
    return wanted.every((element) =>
      covers(
        live.find((candidate) => nameOf(candidate) === nameOf(element)),
        element,
      ),
    );
  }
  return live.length === wanted.length && wanted.every((element, index) => covers(live[index], element));
}

const nameOf = (element: unknown): unknown => (isRecord(element) ? element['name'] : undefined);
