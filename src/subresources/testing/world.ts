/** The aggregated API over a handful of objects, without a cluster. */
import { clusterConfigOf } from '../../api/cluster-config.ts';
import { gatesInForce } from '../../api/feature-gates.ts';
import { subresourcesVersions } from '../../api/constants.ts';
import type { Pod, Vm, Vmi } from '../../api/types.ts';
import { createRouter } from '../../http/router.ts';
import { errorResponse } from '../../http/status.ts';
import type { HttpRequest, HttpResponse, Route } from '../../http/types.ts';
import { ApiError } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { AgentTls } from '../agent-endpoint.ts';
import type { SubresourceDeps } from '../deps.ts';
import { subresourceRoutes } from '../routes.ts';

export interface Given {
  vm?: Vm | undefined;
  vmi?: Vmi | undefined;
  pods?: readonly Pod[];
  /** Feature gates that are switched on and off. */
  gates?: { on?: readonly string[]; off?: readonly string[] };
  /** Whether RBAC grants what is asked. */
  allowed?: boolean;
  tls?: AgentTls;
}

export interface World {
  deps: SubresourceDeps;
  /** Access reviews and patches in the order they came. */
  reviews: unknown[];
  patches: unknown[];
  ask: (
    method: Route['method'],
    path: string,
    ...rest: [body?: unknown, headers?: HttpRequest['headers']]
  ) => Promise<HttpResponse>;
}

const meta = { namespace: 'ns', uid: 'uid', resourceVersion: '1', creationTimestamp: '' };
const nobody: AgentTls = { certificate: '', key: '', ca: '' };

export const vmOf = (change: Partial<Vm> = {}): Vm => ({
  metadata: { ...meta, name: 'vm', uid: 'vm-uid' },
  spec: { runStrategy: 'Always', template: { spec: { domain: { devices: {} } } } },
  status: { created: true },
  ...change,
});

/** @param conditions types of conditions that hold. */
export const vmiOf = (
  phase: string,
  conditions: readonly string[] = [],
  spec: Partial<Vmi['spec']> = {},
): Vmi => ({
  metadata: {
    ...meta,
    name: 'vm',
    uid: 'vmi-uid',
    ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'vm', uid: 'vm-uid' }],
  },
  spec: { domain: { devices: {} }, ...spec },
  status: {
    phase,
    nodeName: 'node',
    activePods: { 'pod-uid': 'node' },
    conditions: conditions.map((type) => ({ type, status: 'True' })),
  },
});

/** A pod on the node of the VMI. */
export const podAt = (podIP: string): Pod => ({
  metadata: {
    ...meta,
    name: 'pod',
    uid: 'pod-uid',
    ownerReferences: [{ apiVersion: '', kind: 'VirtualMachineInstance', name: 'vm', uid: 'vmi-uid' }],
  },
  spec: { nodeName: 'node', containers: [] },
  status: { podIP, phase: 'Running' },
});

export function world(given: Given): World {
  const reviews: unknown[] = [];
  const patches: unknown[] = [];
  const found = (plural: string): unknown =>
    ({ virtualmachines: given.vm, virtualmachineinstances: given.vmi })[plural];
  const client = {
    get: async ({ plural }: { plural: string }) => {
      const object = found(plural);
      if (object === undefined) throw new ApiError(404, 'NotFound', `${plural} "vm" not found`);
      return object;
    },
    list: async () => ({ items: given.pods ?? [] }),
    patch: async (...patch: unknown[]) => void patches.push(patch.slice(1)),
    raw: async (_method: string, path: string, body: unknown) => {
      if (path === '/version') return { gitVersion: 'v1.34.0' };
      reviews.push((body as { spec: unknown }).spec);
      return { status: { allowed: given.allowed ?? true } };
    },
  } as unknown as KubeClient;
  const gates = { featureGates: given.gates?.on ?? null, disabledFeatureGates: given.gates?.off ?? null };
  const deps: SubresourceDeps = {
    client,
    namespace: 'kubevirt',
    requestHeaders: () => ({
      clientCa: '',
      allowedNames: ['aggregator'],
      usernameHeaders: ['x-remote-user'],
      groupHeaders: ['x-remote-group'],
      uidHeaders: ['x-remote-uid'],
      extraHeaderPrefixes: ['x-remote-extra-'],
    }),
    agentTls: () => given.tls ?? nobody,
    cluster: () => ({ ...clusterConfigOf(undefined), featureGates: gatesInForce(gates) }),
    version: 'v9.9.9',
  };
  const { routes } = subresourceRoutes(deps);
  const router = createRouter(routes.map((route) => ({ path: route.path, value: route })));
  return {
    deps,
    reviews,
    patches,
    ask: async (method, path, body, headers = {}) => {
      const url = new URL(path, 'https://x');
      const match = router.match(url.pathname).find(({ value }) => value.method === method);
      if (match === undefined) return { status: 404 };
      const request = requestOf(url, match.params, body);
      return match.value.handle({ ...request, method, headers }).catch(errorResponse);
    },
  };
}

function requestOf(
  url: URL,
  params: HttpRequest['params'],
  body: unknown,
): Omit<HttpRequest, 'method' | 'headers'> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    path: url.pathname,
    params,
    query: url.searchParams,
    headersDistinct: { 'x-remote-user': ['ann'], 'x-remote-group': ['dev'], 'x-remote-uid': ['4711'] },
    body: async () => Buffer.from(body === undefined ? '' : text),
    clientName: 'aggregator',
    signal: new AbortController().signal,
  };
}

/** Path of a route of the preferred version. */
export const apiPath = (path: string): string =>
  `/apis/subresources.kubevirt.io/${subresourcesVersions[0]}/${path}`;
