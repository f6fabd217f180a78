/** The aggregated API `subresources.kubevirt.io`: its rows as routes, each authorised before it acts. */
import { subresourcesVersions } from '../api/constants.ts';
import type { HttpRequest, HttpResponse, Route, UpgradeRoute } from '../http/types.ts';
import { messageOf } from '../support/errors.ts';
import { denial } from './authorize.ts';
import type { SubresourceDeps } from './deps.ts';
import { discoveryRoutes } from './discovery.ts';
import { userOf } from './identity.ts';
import { targetOf } from './objects.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { badRequest, forbidden, unauthorized } from './refusal.ts';
import { isStream, pathOf } from './route-row.ts';
import type { ActionRow, Row, StreamRow } from './route-row.ts';
import { rows } from './rows/all.ts';

/** All routes of the group, for the controller's HTTPS server. */
export function subresourceRoutes(deps: SubresourceDeps): { routes: Route[]; upgrades: UpgradeRoute[] } {
  return {
    routes: [
      ...discoveryRoutes(rows),
      ...openApiRoutes(rows, deps.version),
      ...subresourcesVersions.flatMap((version) => rows.map((row) => routeOf(deps, row, version))),
    ],
    upgrades: subresourcesVersions.flatMap((version) =>
      rows.filter(isStream).map((row) => upgradeOf(deps, row, version)),
    ),
  };
}

function routeOf(deps: SubresourceDeps, row: Row, version: string): Route {
  const act = isStream(row) ? refuseRequest(deps, row) : answer(deps, row);
  return {
    method: row.method,
    path: pathOf(row, version),
    handle: async (request) => {
      await authorize(deps, request, row, version);
      return act(request);
    },
  };
}

const answer =
  (deps: SubresourceDeps, row: ActionRow): Route['handle'] =>
  async (request) => {
    if (row.failsAsText !== true) return row.handle(deps, request);
    try {
      return await row.handle(deps, request);
    } catch (error) {
      return { status: 500, body: messageOf(error) } satisfies HttpResponse;
    }
  };

/** Whoever asks for a stream without a WebSocket learns first what else is wrong. */
const refuseRequest =
  (deps: SubresourceDeps, row: StreamRow): Route['handle'] =>
  async (request) => {
    await row.prepare(deps, request);
    throw badRequest('this is a stream: open a WebSocket with the subprotocol plain.kubevirt.io');
  };

function upgradeOf(deps: SubresourceDeps, row: StreamRow, version: string): UpgradeRoute {
  return {
    path: pathOf(row, version),
    handle: async (upgrade) => {
      await authorize(deps, upgrade, row, version);
      const open = await row.prepare(deps, upgrade);
      await open(upgrade);
    },
  };
}

/**
 * @throws HttpError 401 unless the aggregation layer vouches for a user, 403 unless that user may do this.
 * KubeVirt answers 401 to both; clients and consoles take that for a login that has expired.
 */
async function authorize(
  deps: SubresourceDeps,
  request: Pick<HttpRequest, 'clientName' | 'headersDistinct' | 'params' | 'signal'>,
  row: Row,
  version: string,
): Promise<void> {
  const { resource, subresource } = row;
  if (resource === undefined) return;
  const user = userOf(deps.requestHeaders(), request.clientName, request.headersDistinct);
  if (user === undefined) {
    throw unauthorized('this endpoint answers the Kubernetes API server only; ask through it');
  }
  const verb = row.method === 'GET' ? 'get' : 'update';
  const { namespace, name } = targetOf(request);
  const object = { ...(name !== '' && { name }), ...(subresource !== undefined && { subresource }) };
  const access = { verb, version, namespace, resource, ...object } as const;
  const why = await denial(deps.client, user, access, request.signal);
  if (why !== undefined) throw forbidden(why);
}
