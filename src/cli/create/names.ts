/** Names that are made up when none is given. */
import { randomBytes } from 'node:crypto';

/** Such as `vm-3f9ac`. */
export const generatedName = (prefix: string): string =>
  `${prefix}-${randomBytes(3).toString('hex').slice(0, 5)}`;
