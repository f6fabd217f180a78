/** The aggregated API `subresources.kubevirt.io`: routes, each authorised before it acts. */
import { subresourcesGroup, subresourcesVersions } from '../api/constants.ts';
import { virtualMachineInstances } from '../api/kinds.ts';
import type { Vmi } from '../api/types.ts';
import type { HttpRequest, HttpResponse, Route, Upgrade, UpgradeRoute } from '../http/types.ts';
import { findObject } from '../kube/find.ts';
import type { KubeClient } from '../kube/types.ts';
import { connectAgent, findAgent, putAgent } from './agent-endpoint.ts';
import type { AgentTls } from './agent-endpoint.ts';
import { denial } from './authorize.ts';
import type { Access } from './authorize.ts';
import { apiGroup, apiGroupList, resourceList } from './discovery.ts';
import { userOf } from './identity.ts';
import type { RequestHeaderConfig } from './identity.ts';
import { parseOptions, pauseOptions } from './options.ts';
import { forbidden, internal, notFound } from './refusal.ts';
import { handshake, splice } from './splice.ts';
import { assertVmi } from './vmi-checks.ts';
import { changePower, powerActions } from './vm-power-route.ts';

export interface SubresourceDeps {
  client: KubeClient;
  /** Namespace that the node agents run in. */
  namespace: string;
  requestHeaders: () => RequestHeaderConfig;
  agentTls: () => AgentTls;
}

const root = `/apis/${subresourcesGroup}`;
const vmiPath = '/namespaces/:namespace/virtualmachineinstances/:name';
const vmPath = '/namespaces/:namespace/virtualmachines/:name';

/** All routes of the group, for the controller's HTTPS server. */
export function subresourceRoutes(deps: SubresourceDeps): { routes: Route[]; upgrades: UpgradeRoute[] } {
  return {
    routes: [...discoveryRoutes(), ...subresourcesVersions.flatMap((version) => actionRoutes(deps, version))],
    upgrades: subresourcesVersions.flatMap((version) => streamRoutes(deps, version)),
  };
}

function discoveryRoutes(): Route[] {
  return [
    constant('/apis', apiGroupList),
    constant(root, apiGroup),
    ...subresourcesVersions.map((version) => constant(`${root}/${version}`, () => resourceList(version))),
  ];
}

const constant = (path: string, body: () => unknown): Route => ({
  method: 'GET',
  path,
  handle: () => Promise.resolve({ status: 200, body: body() }),
});

function actionRoutes(deps: SubresourceDeps, version: string): Route[] {
  const put = (path: string, access: Omit<Access, 'verb' | 'version'>, act: Route['handle']): Route => ({
    method: 'PUT',
    path: `${root}/${version}${path}`,
    handle: async (request) => {
      await authorize(deps, request, { ...access, verb: 'update', version });
      return act(request);
    },
  });
  return [
    ...powerActions.map((action) =>
      put(`${vmPath}/${action}`, { resource: 'virtualmachines', subresource: action }, (request) =>
        changePower(deps.client, action, request),
      ),
    ),
    ...(['pause', 'unpause'] as const).map((action) =>
      put(`${vmiPath}/${action}`, { resource: 'virtualmachineinstances', subresource: action }, (request) =>
        passOn(deps, action, request),
      ),
    ),
  ];
}

function streamRoutes(deps: SubresourceDeps, version: string): UpgradeRoute[] {
  return (['console', 'vnc'] as const).map((stream) => ({
    path: `${root}/${version}${vmiPath}/${stream}`,
    handle: async (upgrade) => {
      await authorize(deps, upgrade, {
        verb: 'get',
        version,
        resource: 'virtualmachineinstances',
        subresource: stream,
      });
      await openStream(deps, stream, upgrade);
    },
  }));
}

/** @throws HttpError 403 unless the aggregation layer vouches for a user who may do this. */
async function authorize(
  deps: SubresourceDeps,
  request: Pick<HttpRequest, 'clientName' | 'headersDistinct' | 'params' | 'signal'>,
  access: Access,
): Promise<void> {
  const user = userOf(deps.requestHeaders(), request.clientName, request.headersDistinct);
  if (user === undefined) {
    throw forbidden('this endpoint answers the Kubernetes API server only; ask through it');
  }
  const { namespace, name } = target(request);
  const why = await denial(deps.client, user, { ...access, namespace, name }, request.signal);
  if (why !== undefined) throw forbidden(why);
}

const target = (request: Pick<HttpRequest, 'params'>): { namespace: string; name: string } => ({
  namespace: request.params['namespace'] ?? '',
  name: request.params['name'] ?? '',
});

/** Pause and unpause: KubeVirt's API answers 200 with an empty body once the agent has done it. */
async function passOn(
  deps: SubresourceDeps,
  action: 'pause' | 'unpause',
  request: HttpRequest,
): Promise<HttpResponse> {
  const options = parseOptions(await request.body(), pauseOptions);
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, action);
  if ((options.dryRun ?? []).length > 0) return { status: 200 };
  const agent = await findAgent(deps.client, deps.namespace, vmi, request.signal);
  const answer = await putAgent(agent, deps.agentTls(), agentPath(vmi, action), request.signal);
  if (answer.status >= 300) throw internal(`the node agent refused to ${action}: ${answer.body}`);
  return { status: 200 };
}

async function openStream(deps: SubresourceDeps, stream: 'console' | 'vnc', upgrade: Upgrade): Promise<void> {
  const vmi = await readVmi(deps, upgrade);
  assertVmi(vmi, stream);
  // Before anything is opened that a refusal would have to close again.
  const opening = handshake(agentPath(vmi, stream) + preserved(upgrade.query), upgrade.headers);
  const address = await findAgent(deps.client, deps.namespace, vmi, upgrade.signal);
  const agent = await connectAgent(address, deps.agentTls(), upgrade.signal);
  await splice(upgrade, agent, opening);
}

/** The one query parameter that streams have: `preserveSession` of VNC. */
const preserved = (query: URLSearchParams): string =>
  query.get('preserveSession') === 'true' ? '?preserveSession=true' : '';

async function readVmi(deps: SubresourceDeps, request: Pick<HttpRequest, 'params' | 'signal'>): Promise<Vmi> {
  const key = target(request);
  const vmi = await findObject<Vmi>(deps.client, virtualMachineInstances, key, request.signal);
  if (vmi === undefined) throw notFound({ kind: 'virtualmachineinstance', name: key.name });
  return vmi;
}

function agentPath(vmi: Vmi, action: string): string {
  const namespace = encodeURIComponent(vmi.metadata.namespace ?? '');
  return `/v1/namespaces/${namespace}/virtualmachineinstances/${encodeURIComponent(vmi.metadata.name)}/${action}`;
}
