/** One device plugin: a gRPC server that the kubelet asks for devices, and its registration. */
import { access, constants, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { watchPath } from '../../support/watch-path.ts';
import type { PluginSpec } from './devices.ts';
import { callGrpc, serveGrpc } from '../../grpc/grpc.ts';
import type { GrpcServer, Method } from '../../grpc/grpc.ts';
import {
  decodeAllocateRequest,
  encodeAllocateResponse,
  encodeDevices,
  encodeRegistration,
} from './messages.ts';

const service = '/v1beta1.DevicePlugin';
const register = '/v1beta1.Registration/Register';
/** Name of the kubelet's own socket in the device plugin directory. */
export const kubeletSocket = 'kubelet.sock';
/** How long the kubelet may take to accept a registration, in milliseconds. */
const registerTimeoutMs = 10_000;
const empty = Buffer.alloc(0);

/** A served plugin: re-registered by making a new one, because the kubelet deletes all sockets at its start. */
export interface Plugin {
  /** Tells the kubelet that this plugin exists; rejects when it refuses. */
  register(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Serves a plugin on its socket in the kubelet's directory, replacing what an earlier agent left there. */
export async function startPlugin(spec: PluginSpec, pluginDir: string, logger: Logger): Promise<Plugin> {
  const socketPath = join(pluginDir, spec.endpoint);
  const stop = new AbortController();
  const health = new Health(spec, logger);
  const watching = watchPath(spec.requires, () => health.look(), stop.signal);
  await rm(socketPath, { force: true });
  const server = await serveGrpc(socketPath, methodsOf(spec, health));
  return {
    register: (signal) => registerPlugin(spec, pluginDir, signal),
    close: async () => {
      stop.abort();
      await Promise.all([watching, closeAndRemove(server, socketPath)]);
    },
  };
}

async function closeAndRemove(server: GrpcServer, socketPath: string): Promise<void> {
  await server.close();
  await rm(socketPath, { force: true });
}

async function registerPlugin(spec: PluginSpec, pluginDir: string, signal: AbortSignal): Promise<void> {
  const { endpoint, resourceName } = spec;
  await callGrpc(
    join(pluginDir, kubeletSocket),
    register,
    encodeRegistration({ endpoint, resourceName }),
    AbortSignal.any([signal, AbortSignal.timeout(registerTimeoutMs)]),
  );
}

/** Whether the file a plugin needs is there and can be opened, with listeners for changes. */
class Health {
  readonly #spec: PluginSpec;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  /** Undefined until looked at once. */
  usable: boolean | undefined;

  constructor(spec: PluginSpec, logger: Logger) {
    this.#spec = spec;
    this.#logger = logger;
  }

  look(): void {
    access(this.#spec.requires, constants.R_OK).then(
      () => this.#set(true),
      () => this.#set(false),
    );
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(usable: boolean): void {
    if (this.usable === usable) return;
    this.usable = usable;
    this.#logger.info('device availability changed', { resource: this.#spec.resourceName, usable });
    for (const listener of this.#listeners) listener();
  }
}

function methodsOf(spec: PluginSpec, health: Health): Record<string, Method> {
  return {
    [`${service}/GetDevicePluginOptions`]: async (_request, send) => send(empty),
    [`${service}/PreStartContainer`]: async (_request, send) => send(empty),
    [`${service}/GetPreferredAllocation`]: async (_request, send) => send(empty),
    [`${service}/Allocate`]: async (request, send) => {
      const { containers } = decodeAllocateRequest(request);
      send(encodeAllocateResponse(Array.from({ length: containers }, () => spec.allocation)));
    },
    [`${service}/ListAndWatch`]: (_request, send, signal) => {
      let advertised = false;
      const report = (): void => {
        if (health.usable === undefined) return;
        advertised ||= health.usable;
        send(encodeDevices(advertised ? devicesOf(spec, health.usable) : []));
      };
      const unsubscribe = health.subscribe(report);
      report();
      return new Promise((resolve) => {
        const end = (): void => {
          unsubscribe();
          resolve();
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      });
    },
  };
}

function devicesOf(spec: PluginSpec, healthy: boolean): { id: string; healthy: boolean }[] {
  return Array.from({ length: spec.count }, (_, index) => ({ id: String(index), healthy }));
}

/** Closes a plugin whatever state it is in; what goes wrong is only worth a line in the log. */
export async function closePlugin(plugin: Plugin, logger: Logger): Promise<void> {
  await plugin.close().catch((error: unknown) => {
    logger.warn('device plugin did not close', { error: messageOf(error) });
  });
}
