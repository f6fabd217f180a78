/** Keeps every device plugin registered with the kubelet, across restarts of the kubelet. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { identityOf, watchPath } from '../../support/watch-path.ts';
import type { PluginSpec } from './devices.ts';
import { closePlugin, kubeletSocket, startPlugin } from './plugin.ts';
import type { Plugin } from './plugin.ts';

/** First and longest pause before another attempt to register, in milliseconds. */
const backOff = { first: 250, longest: 15_000 };

export interface PluginManagerOptions {
  specs: readonly PluginSpec[];
  /** The kubelet's device plugin directory; fixed by the kubelet, whatever its root directory. */
  pluginDir: string;
  logger: Logger;
  /** Called after every plugin was accepted by the kubelet, each time anew. */
  registered(): void;
}

/**
 * Serves and registers the plugins until `signal` aborts. The kubelet deletes all plugin sockets when it
 * starts and makes its own socket anew: that is the sign to begin again.
 */
export async function runDevicePlugins(options: PluginManagerOptions, signal: AbortSignal): Promise<void> {
  const socket = join(options.pluginDir, kubeletSocket);
  let session: Session | undefined;
  let served: string | undefined;
  let last: Promise<void> = Promise.resolve();
  const follow = async (before: Promise<void>): Promise<void> => {
    await before;
    const identity = await identityOf(socket);
    if (identity === served || signal.aborted) return;
    served = identity;
    await session?.end();
    session = identity === undefined ? undefined : new Session(options, signal);
  };
  const look = (): void => {
    last = follow(last);
  };
  await watchPath(socket, look, signal);
  await last;
  await session?.end();
}

/** All plugins during one life of the kubelet. */
class Session {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #plugins: Plugin[] = [];
  readonly #options: PluginManagerOptions;

  constructor(options: PluginManagerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#done = this.#run(AbortSignal.any([signal, this.#stop.signal]));
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await Promise.all(this.#plugins.map((plugin) => closePlugin(plugin, this.#options.logger)));
  }

  async #run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#options.specs.map((spec) => this.#serve(spec, signal)));
    if (!signal.aborted) this.#options.registered();
  }

  /** Serves and registers one plugin, trying until it works: no other plugin waits for it. */
  async #serve(spec: PluginSpec, signal: AbortSignal): Promise<void> {
    const { pluginDir, logger } = this.#options;
    for (let pause = backOff.first; !signal.aborted; pause = Math.min(pause * 2, backOff.longest)) {
      let plugin: Plugin | undefined;
      try {
        plugin = await startPlugin(spec, pluginDir, logger);
        await plugin.register(signal);
        this.#plugins.push(plugin);
        logger.info('device plugin registered', { resource: spec.resourceName });
        return;
      } catch (error) {
        if (plugin !== undefined) await closePlugin(plugin, logger);
        if (signal.aborted) return;
        logger.warn('device plugin not registered', { resource: spec.resourceName, error: messageOf(error) });
        await delay(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
