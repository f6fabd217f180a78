/** The refusal of an image. */
import { MonovirtError } from '../../support/errors.ts';

/** @param what is wrong with it, and what would be right. */
export const invalid = (what: string): MonovirtError =>
  new MonovirtError('ImageInvalid', `the image ${what}`, 'never');
