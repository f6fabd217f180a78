/** The node agent's HTTPS endpoint: what the aggregated API forwards to the node of a VMI. */
import { commonNames } from '../../api/constants.ts';
import { HttpError } from '../../http/status.ts';
import type { HttpRequest, HttpResponse, Route, Upgrade, UpgradeRoute } from '../../http/types.ts';
import type { EventRecorder, Key } from '../../kube/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { VmiController } from '../vmi/controller.ts';
import type { StreamKind, Streams } from './streams.ts';

const vmiPath = '/v1/namespaces/:namespace/virtualmachineinstances/:name';

export interface EndpointOptions {
  controller: VmiController;
  streams: Streams;
  recorder: EventRecorder;
  /** Whether the caches are filled and follow the API server. */
  ready(): boolean;
}

type Found = NonNullable<ReturnType<VmiController['find']>>;

/** Health without a certificate, because the kubelet has none; all else for the one client. */
export function endpointRoutes(options: EndpointOptions): Route[] {
  return [
    { method: 'GET', path: '/healthz', handle: async () => ({ status: 200, body: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      handle: async () =>
        options.ready() ? { status: 200, body: 'ok' } : { status: 503, body: 'caches are not filled' },
    },
    lifecycle(options, 'pause', { reason: 'Paused', message: 'VirtualMachineInstance paused' }),
    lifecycle(options, 'unpause', { reason: 'Unpaused', message: 'VirtualMachineInstance unpaused' }),
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

function lifecycle(
  options: EndpointOptions,
  method: 'pause' | 'unpause',
  event: { reason: string; message: string },
): Route {
  return {
    method: 'PUT',
    path: `${vmiPath}/${method}`,
    handle: async (request): Promise<HttpResponse> => {
      const { vmi, session } = find(options, request);
      try {
        await session.request(method, {});
      } catch (error) {
        throw new HttpError(500, 'InternalError', messageOf(error));
      }
      options.recorder.record(vmi, 'Normal', event.reason, event.message);
      return { status: 202 };
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
