/** The node agent's HTTPS endpoint: what the aggregated API forwards to the node of a VMI. */
import { commonNames } from '../../api/constants.ts';
import type { Vmi } from '../../api/types.ts';
import { HttpError } from '../../http/status.ts';
import type { HttpRequest, HttpResponse, Route, Upgrade, UpgradeRoute } from '../../http/types.ts';
import type { EventRecorder, Key } from '../../kube/types.ts';
import type { VmiController } from '../vmi/controller.ts';
import { actions } from './actions.ts';
import type { Found } from './actions.ts';
import { answers } from './answers.ts';
import { asHttpError } from './failures.ts';
import type { StreamKind, Streams } from './streams.ts';

const vmiPath = '/v1/namespaces/:namespace/virtualmachineinstances/:name';

export interface EndpointOptions {
  controller: VmiController;
  streams: Streams;
  recorder: EventRecorder;
  /** Whether the caches are filled and follow the API server. */
  ready(): boolean;
}

/** Health without a certificate, because the kubelet has none; all else for the one client. */
export function endpointRoutes(options: EndpointOptions): Route[] {
  const { recorder, streams } = options;
  const tell = (
    vmi: Vmi,
    { type, reason, message }: { type: 'Normal' | 'Warning'; reason: string; message: string },
  ): void => recorder.record(vmi, type, reason, message);
  return [
    { method: 'GET', path: '/healthz', handle: async () => ({ status: 200, body: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      handle: async () =>
        options.ready() ? { status: 200, body: 'ok' } : { status: 503, body: 'caches are not filled' },
    },
    ...actions.map((action) =>
      route(options, { method: 'PUT', name: action.name }, async (found, request) => {
        try {
          await action.act(found.session, request);
        } catch (error) {
          if (action.failed !== undefined) tell(found.vmi, action.failed(error));
          throw error;
        }
        if (action.done !== undefined) tell(found.vmi, action.done);
        return { status: 202 };
      }),
    ),
    ...answers.map(({ name, answer }) =>
      route(options, { method: 'GET', name }, async (found, request) => answer(found, { request, streams })),
    ),
  ];
}

export function endpointUpgrades(options: EndpointOptions): UpgradeRoute[] {
  return (['console', 'vnc'] satisfies StreamKind[]).map((kind) => ({
    path: `${vmiPath}/${kind}`,
    handle: async (upgrade) => {
      const { session } = find(options, upgrade);
      await options.streams.open(kind, session.target, upgrade);
    },
  }));
}

function route(
  options: EndpointOptions,
  { method, name }: { method: Route['method']; name: string },
  handle: (found: Found, request: HttpRequest) => Promise<HttpResponse>,
): Route {
  return {
    method,
    path: `${vmiPath}/${name}`,
    handle: async (request) => {
      const found = find(options, request);
      return handle(found, request).catch((error: unknown) => Promise.reject(asHttpError(error)));
    },
  };
}

function find({ controller }: EndpointOptions, request: HttpRequest | Upgrade): Found {
  if (request.clientName !== commonNames.agentClient) {
    throw new HttpError(401, 'Unauthorized', 'a client certificate of the controller is required');
  }
  const key: Key = { namespace: request.params['namespace'] ?? '', name: request.params['name'] ?? '' };
  const found = controller.find(key);
  if (found !== undefined) return found;
  throw new HttpError(404, 'NotFound', `VMI ${key.namespace}/${key.name} does not exist`);
}
