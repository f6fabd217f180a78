/** Resources and options as URLs. */
import type { Resource } from '../api/kinds.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Key, Selection } from './types.ts';

export type Query = Record<string, string | number | boolean | undefined>;

/** Path of a collection; without a namespace, that of all namespaces. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const scope = namespace === undefined ? '' : `/namespaces/${segment(namespace, 'namespace')}`;
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/** Path of one object. Throws when a namespaced resource is named without its namespace. */
export function objectPath(resource: Resource, key: Key, subresource?: string): string {
  if (resource.namespaced && key.namespace === undefined) {
    throw new MonovirtError(
      'NamespaceMissing',
      `${resource.kind} ${key.name} was named without its namespace`,
      'never',
    );
  }
  const collection = collectionPath(resource, resource.namespaced ? key.namespace : undefined);
  const object = `${collection}/${segment(key.name, 'name')}`;
  return subresource === undefined ? object : `${object}/${subresource}`;
}

/** Names come from users: none may reach another path. */
function segment(value: string, what: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new MonovirtError('NameInvalid', `${JSON.stringify(value)} is no ${what} of an object`, 'never');
  }
  return encodeURIComponent(value);
}

export function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (set.length === 0) return path;
  return `${path}?${new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()}`;
}

export const selectors = (selection: Selection): Query => ({
  labelSelector: selection.labelSelector,
  fieldSelector: selection.fieldSelector,
});
