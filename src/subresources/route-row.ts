/**
 * One route of the aggregated API. Routing, authorisation, discovery and OpenAPI all come from the same rows,
 * so that none of them can say what another does not know.
 */
import type { GenericSchema } from 'valibot';
import { subresourcesGroup } from '../api/constants.ts';
import type { HttpRequest, HttpResponse, Upgrade } from '../http/types.ts';
import type { SubresourceDeps } from './deps.ts';

export interface QueryParameter {
  name: string;
  type: 'boolean' | 'integer';
  description: string;
}

interface Common {
  /** What it is about; without one the route is about the cluster, and anybody may ask. */
  resource?: 'virtualmachines' | 'virtualmachineinstances' | 'expand-vm-spec';
  /** What RBAC calls it beside the resource; of a cluster route, its whole path. */
  subresource?: string;
  /** Path below the subresource, as `/:port`: no part of what RBAC sees. */
  below?: string;
  /** Whether the list of resources names it; KubeVirt's own list lacks some that it serves. */
  listed: boolean;
  /** For OpenAPI: one sentence. */
  summary: string;
  query?: readonly QueryParameter[];
}

/** A request with an answer. */
export interface ActionRow extends Common {
  method: 'GET' | 'PUT';
  /** KubeVirt's name of the body and what may be in it; every body may be left out. */
  options?: { name: string; schema: GenericSchema };
  /** Media type of the answer. Without one the answer has no body. */
  produces?: 'application/json' | 'image/png';
  /** Every failure after authorisation is a 500 with plain text, as KubeVirt's clients of these routes know it. */
  failsAsText?: boolean;
  handle(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse>;
}

/** A WebSocket. */
export interface StreamRow extends Common {
  method: 'GET';
  /** Whatever speaks against it, thrown. What it returns opens the stream. */
  prepare(deps: SubresourceDeps, request: StreamRequest): Promise<(upgrade: Upgrade) => Promise<void>>;
}

/** What a stream may decide from before it is one. */
export type StreamRequest = Pick<HttpRequest, 'params' | 'query' | 'signal' | 'headers'>;

export type Row = ActionRow | StreamRow;

export const isStream = (row: Row): row is StreamRow => 'prepare' in row;

/** Path of the row's route in one version, with `:name` parameters. */
export function pathOf(row: Row, version: string): string {
  return `/apis/${subresourcesGroup}/${version}${pathInVersion(row)}`;
}

function pathInVersion({ resource, subresource = '', below = '' }: Row): string {
  if (resource === undefined) return `/${subresource}${below}`;
  if (resource === 'expand-vm-spec') return `/namespaces/:namespace/${resource}`;
  return `/namespaces/:namespace/${resource}/:name/${subresource}${below}`;
}

/** Name in an `APIResourceList`; undefined for what is about the cluster. */
export function resourceName({ resource, subresource }: Row): string | undefined {
  if (resource === undefined || subresource === undefined) return resource;
  return `${resource}/${subresource}`;
}
