/** Where the API server fetches our OpenAPI documents; anybody may. */
import { createHash } from 'node:crypto';
import { subresourcesGroup, subresourcesVersions } from '../../api/constants.ts';
import type { HttpRequest, HttpResponse, Route } from '../../http/types.ts';
import type { Row } from '../route-row.ts';
import { openApi, swagger } from './documents.ts';

interface Document {
  body: Buffer;
  etag: string;
}

/** @param release our version. */
export function openApiRoutes(rows: readonly Row[], release: string): Route[] {
  const versions = subresourcesVersions.map((version) => ({
    path: `apis/${subresourcesGroup}/${version}`,
    read: kept(() => openApi(rows, version, release)),
  }));
  const index = kept(() => ({
    paths: Object.fromEntries(
      versions.map(({ path, read }) => [
        path,
        { serverRelativeURL: `/openapi/v3/${path}?hash=${read().etag.slice(1, -1)}` },
      ]),
    ),
  }));
  return [
    route(
      '/openapi/v2',
      kept(() => swagger(rows, release)),
    ),
    route('/openapi/v3', index),
    ...versions.map(({ path, read }) => route(`/openapi/v3/${path}`, read)),
  ];
}

/** Made when it is first asked for, which on most replicas is never. */
function kept(make: () => unknown): () => Document {
  let document: Document | undefined;
  return () => {
    if (document !== undefined) return document;
    const body = Buffer.from(JSON.stringify(make()));
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 32);
    document = { body, etag: `"${digest}"` };
    return document;
  };
}

const route = (path: string, read: () => Document): Route => ({
  method: 'GET',
  path,
  handle: (request) => Promise.resolve(answer(request, read())),
});

/** The API server asks again every minute, and mostly needs to hear only that nothing has changed. */
function answer({ headers }: HttpRequest, { body, etag }: Document): HttpResponse {
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return { status: 200, body, headers: { 'content-type': 'application/json', etag } };
}
