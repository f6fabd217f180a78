/** Finds the route of a path. Patterns are fixed segments and `:name` parameters, `*name` takes the rest. */

export type Params = Readonly<Record<string, string>>;

interface Compiled<T> {
  segments: readonly string[];
  value: T;
}

export interface Router<T> {
  /** Every route that matches, in the order they were given, with the parameters of the path. */
  match(path: string): { value: T; params: Params }[];
}

/** Compiles routes once; matching is linear, which is right for the few dozen routes of a role. */
export function createRouter<T>(routes: readonly { path: string; value: T }[]): Router<T> {
  const compiled: Compiled<T>[] = routes.map(({ path, value }) => ({ segments: split(path), value }));
  return {
    match(path) {
      const segments = split(path);
      return compiled.flatMap((route) => {
        const params = matchSegments(route.segments, segments);
        return params === undefined ? [] : [{ value: route.value, params }];
      });
    },
  };
}

function split(path: string): string[] {
  return path.replace(/^\//, '').replace(/\/$/, '').split('/');
}

function matchSegments(pattern: readonly string[], path: readonly string[]): Params | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    if (expected.startsWith('*')) {
      params[expected.slice(1)] = path.slice(index).join('/');
      return params;
    }
    const actual = path[index];
    if (actual === undefined || !matchSegment(expected, actual, params)) return undefined;
  }
  return pattern.length === path.length ? params : undefined;
}

function matchSegment(expected: string, actual: string, params: Record<string, string>): boolean {
  if (!expected.startsWith(':')) return expected === actual;
  const value = decode(actual);
  if (value === undefined || value === '') return false;
  params[expected.slice(1)] = value;
  return true;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
