/** Certificates and keys of a kubeconfig: inline as base64, or in a file that may rotate. */
import { resolve } from 'node:path';
import { credentialFile } from './credential-file.ts';
import type { Located } from './kubeconfig-schema.ts';

/** Returns a reader of `<field>-data` or else of the file `<field>`; it yields undefined when neither is set. */
export function pemSource<F extends string>(
  { value, directory }: Located<Partial<Record<F | `${F}-data`, unknown>>>,
  field: F,
): () => Promise<string | undefined> {
  const inline = value[`${field}-data`];
  if (typeof inline === 'string' && inline !== '') {
    const decoded = Buffer.from(inline, 'base64').toString('utf8');
    return () => Promise.resolve(decoded);
  }
  const path = value[field];
  if (typeof path !== 'string' || path === '') return () => Promise.resolve(undefined);
  const file = credentialFile(resolve(directory, path));
  return () => file.read();
}
