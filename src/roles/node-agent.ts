/** Composition root of the node agent; wiring only. */
import { mkdir } from 'node:fs/promises';
import { keepCapabilities } from '../agent/capabilities/keep.ts';
import { capabilitiesKey } from '../agent/capabilities/key.ts';
import { wantedLabels } from '../agent/capabilities/node-labels.ts';
import { probeAsLauncher } from '../agent/capabilities/probe.ts';
import { pluginSpecs } from '../agent/device-plugins/devices.ts';
import type { PluginSpec } from '../agent/device-plugins/devices.ts';
import { installHold } from '../agent/device-plugins/hold.ts';
import { runDevicePlugins } from '../agent/device-plugins/manager.ts';
import { readConfig } from '../agent/config.ts';
import type { AgentConfig } from '../agent/config.ts';
import { runHeartbeat } from '../agent/heartbeat.ts';
import { createLaunchers } from '../agent/launcher-client/launcher.ts';
import type { Launchers } from '../agent/launcher-client/launcher.ts';
import { installSeccompProfile } from '../agent/seccomp/install.ts';
import { followIdentity, readIdentity } from '../agent/server/identity.ts';
import { endpointRoutes, endpointUpgrades } from '../agent/server/routes.ts';
import { Streams } from '../agent/server/streams.ts';
import { podSelection, vmiSelection } from '../agent/vmi/caches.ts';
import type { Caches } from '../agent/vmi/caches.ts';
import { VmiController } from '../agent/vmi/controller.ts';
import { components } from '../api/constants.ts';
import { pods, virtualMachineInstances } from '../api/kinds.ts';
import { startServer } from '../http/server.ts';
import { createKubeClient } from '../kube/client.ts';
import type { ApiClient } from '../kube/client.ts';
import { loadConfig } from '../kube/config.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createInformer } from '../kube/informer.ts';
import type { EventRecorder } from '../kube/types.ts';
import { createWorkQueue } from '../kube/work-queue.ts';
import { loadKoffi } from '../libvirt/binding/koffi.ts';
import { messageOf } from '../support/errors.ts';
import { createLogger } from '../support/log.ts';
import type { Logger } from '../support/log.ts';
import { giveBackMemoryIfPossible } from '../support/resident.ts';

/** Longest silence of a watch before the agent counts as not ready, in milliseconds. */
const silentWatchMs = 15 * 60_000;
/** When start-up is over, in milliseconds after it began. */
const settleMs = 10_000;

/** What all parts share. */
interface Context {
  config: AgentConfig;
  client: ApiClient;
  caches: Caches;
  recorder: EventRecorder;
  launchers: Launchers;
  logger: Logger;
}

/**
 * Serves this node until `signal` aborts. Guests run on: nothing of theirs hangs on this process.
 * @returns the exit code of the process.
 */
export async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const config = readConfig(args, process.env);
  const logger = createLogger('node-agent', config.logLevel).child({ node: config.node });
  const context = await createContext(config, logger, signal);
  const controller = new VmiController({
    ...context,
    node: config.node,
    queue: createWorkQueue({ name: 'vmi', logger }),
    now: () => new Date(),
  });
  logger.info('node agent starts');
  setTimeout(() => void giveBackMemoryIfPossible(loadKoffi), settleMs).unref();
  await Promise.all([
    context.caches.vmis.run(signal),
    context.caches.pods.run(signal),
    controller.run(signal),
    serveEndpoint(context, controller, signal),
    serveNode(context, signal),
  ]);
  await context.recorder.flush();
  await context.client.close();
  return 0;
}

async function createContext(config: AgentConfig, logger: Logger, signal: AbortSignal): Promise<Context> {
  const client = createKubeClient(await loadConfig(), { userAgent: 'monovirt-node-agent/0.1' });
  const source = { component: components.agent, host: config.node };
  return {
    config,
    client,
    logger,
    caches: {
      vmis: createInformer(client, virtualMachineInstances, vmiSelection(config.node), { logger }),
      pods: createInformer(client, pods, podSelection(config.node), { logger }),
    },
    recorder: createEventRecorder(client, { ...source, logger }, signal),
    launchers: createLaunchers({ podsDir: config.podsDir, deviceDir: config.deviceDir }, logger),
  };
}

/** Consoles and life cycle over mutual TLS, and health. */
async function serveEndpoint(
  context: Context,
  controller: VmiController,
  signal: AbortSignal,
): Promise<void> {
  const { config, caches, recorder, launchers, logger } = context;
  const ready = readiness(caches);
  const endpoint = { controller, streams: new Streams(launchers), recorder, ready };
  const server = await startServer(
    {
      port: config.port,
      identity: () => readIdentity(config.certificateDir),
      routes: endpointRoutes(endpoint),
      upgrades: endpointUpgrades(endpoint),
      maxBodyBytes: 64 * 1024,
    },
    signal,
  );
  logger.info('endpoint serves', { port: server.port });
  await followIdentity(config.certificateDir, () => server.reload(), signal);
  await server.close();
}

/** Whether both caches are filled and their watches are alive. */
function readiness({ vmis, pods: launcherPods }: Caches): () => boolean {
  let filled = false;
  const fill = async (): Promise<void> => {
    await Promise.all([vmis.synced, launcherPods.synced]);
    filled = true;
  };
  void fill();
  return () => filled && Math.max(vmis.lastEventAge(), launcherPods.lastEventAge()) < silentWatchMs;
}

/** Devices for the kubelet, what containers get through them, and the heartbeat. */
async function serveNode({ config, client, logger }: Context, signal: AbortSignal): Promise<void> {
  const serving = new AbortController();
  const plugins = {
    specs: await offered(config, logger),
    pluginDir: config.devicePluginDir,
    logger,
    registered: () => serving.abort(),
  };
  const learned = new AbortController();
  const heartbeat = {
    client,
    node: config.node,
    logger,
    serving: serving.signal,
    learned: learned.signal,
    labels: () => wantedLabels(config),
    now: () => new Date(),
  };
  await Promise.all([
    runDevicePlugins(plugins, signal),
    runHeartbeat(heartbeat, signal),
    keepCapabilities({ ...config, logger, key: capabilitiesKey, probe: probeAsLauncher() }, signal).then(() =>
      learned.abort(),
    ),
  ]);
}

/** Puts in place what containers get. What is missing is done without: only what needs it cannot run here. */
async function offered(config: AgentConfig, logger: Logger): Promise<PluginSpec[]> {
  await installHold(config.holdSource, config.holdDir).catch((error: unknown) => {
    logger.error('container disks cannot be used on this node', { error: messageOf(error) });
  });
  await installSeccompProfile(config.seccompDir).catch((error: unknown) => {
    logger.error('the passt binding cannot be used on this node', { error: messageOf(error) });
  });
  const made = mkdir(config.cacheDir, { recursive: true, mode: 0o755 });
  const hostCacheDir = await made.then(
    () => config.hostCacheDir,
    () => undefined,
  );
  return pluginSpecs({ ...config, hostCacheDir });
}
