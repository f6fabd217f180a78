/** An object that an installation wants, with where it lives. */
import type { Resource } from '../../api/kinds.ts';
import type { ObjectMeta } from '../installation.ts';

export interface Desired {
  resource: Resource;
  object: { apiVersion: string; kind: string; metadata: ObjectMeta; [field: string]: unknown };
}
