/** Parameters on the command line: `src:quay.example/disk:1,name:root,bootorder:1`. */
import { MonovirtError } from '../../support/errors.ts';

/**
 * Reads `key:value` pairs apart by commas. Values may hold colons.
 * @param known the keys that are understood.
 * @throws MonovirtError InvalidParameter naming flag, key and what is known.
 */
export function parseParams(flag: string, text: string, known: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair): [string, string] => {
      const [key = '', ...rest] = pair.split(':');
      if (rest.length === 0 || !known.includes(key)) {
        throw new MonovirtError(
          'InvalidParameter',
          `--${flag}: ${JSON.stringify(pair)} is not understood; give ${known.map((name) => `${name}:…`).join(',')}`,
          'never',
        );
      }
      return [key, rest.join(':')];
    }),
  );
}

/** The value of a key that has to be there. @throws MonovirtError InvalidParameter. */
export function requiredParam(flag: string, params: Record<string, string>, key: string): string {
  const value = params[key];
  if (value === undefined || value === '') {
    throw new MonovirtError('InvalidParameter', `--${flag}: ${key}:… is missing`, 'never');
  }
  return value;
}
