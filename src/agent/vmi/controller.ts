/** The node agent's controller of VMIs: keeps one session a launcher pod and writes what `decide` says. */
import { virtualMachineInstances } from '../../api/kinds.ts';
import type { Pod, Vmi } from '../../api/types.ts';
import { writeStatus } from '../../status/write-status.ts';
import { isOver, isPodOf, launcherEnded } from '../../pod/facts.ts';
import { isConflict, isNotFound, keyOf, keyString, priorityOf } from '../../kube/types.ts';
import type { EventRecorder, Key, KubeClient, ReconcileResult, WorkQueue } from '../../kube/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import type { WireError } from '../../launcher/protocol.ts';
import { withAttachments } from '../../network/attachments.ts';
import type { Launchers } from '../launcher-client/launcher.ts';
import { byVmi, vmiKeysOf } from './caches.ts';
import type { Caches } from './caches.ts';
import { decide } from './decide.ts';
import type { Decision, ShutdownRequest } from './decide.ts';
import type { AgentEvent, LauncherView } from './snapshot.ts';
import { createReadinessGates } from './readiness-gate.ts';
import type { ReadinessGates } from './readiness-gate.ts';
import { explainInUse } from './in-use.ts';
import { Session } from './session.ts';
import { syncFailed } from './troubles.ts';

export interface VmiControllerOptions {
  node: string;
  client: KubeClient;
  caches: Caches;
  queue: WorkQueue;
  recorder: EventRecorder;
  launchers: Launchers;
  logger: Logger;
  now: () => Date;
}

/** Field manager of what the agent applies. */
const fieldManager = 'monovirt-node-agent';
/** VMIs worked on at a time; each mostly waits for the API server. */
const workers = 8;
const unknown: LauncherView = {
  connected: false,
  report: undefined,
  failure: undefined,
  shutdownAsked: undefined,
};

export class VmiController {
  readonly #options: VmiControllerOptions;
  /** By uid of the launcher pod. */
  readonly #sessions = new Map<string, Session>();
  readonly #gates: ReadinessGates;

  constructor(options: VmiControllerOptions) {
    this.#options = options;
    this.#gates = createReadinessGates(options.client, fieldManager);
    const { vmis, pods } = options.caches;
    vmis.onChange(({ object }, origin) => options.queue.add(keyOf(object), priorityOf(origin)));
    pods.onChange(({ object }, origin) => {
      for (const key of vmiKeysOf(object)) options.queue.add(parseKey(key), priorityOf(origin));
    });
  }

  /** Works until `signal` aborts. Launchers and guests are left as they are. */
  async run(signal: AbortSignal): Promise<void> {
    const { caches, queue } = this.#options;
    await Promise.all([caches.vmis.synced, caches.pods.synced]);
    await queue.run((key) => this.#reconcile(key), { workers }, signal);
    await Promise.all([...this.#sessions.values()].map((session) => session.end()));
  }

  /** The VMI of that name with the session of its proven pod; undefined when it does not run on this node. */
  find(key: Key): { vmi: Vmi; session: Session } | undefined {
    const vmi = this.#options.caches.vmis.get(key);
    const pod = vmi && this.#podOf(vmi);
    const session = pod && this.#sessions.get(pod.metadata.uid);
    return vmi && session && ownsPod(vmi, pod) ? { vmi, session } : undefined;
  }

  async #reconcile(key: Key): Promise<ReconcileResult> {
    const { caches } = this.#options;
    const vmi = caches.vmis.get(key);
    this.#endSessions(key);
    for (const pod of caches.pods.byIndex(byVmi, keyString(key))) this.#follow(key, pod);
    if (vmi === undefined) return {};
    const pod = this.#podOf(vmi);
    const session = pod && this.#sessions.get(pod.metadata.uid);
    if (pod !== undefined && ownsPod(vmi, pod))
      session?.provide(withAttachments(vmi, pod.metadata.annotations));
    try {
      return await this.#act(vmi, pod, session);
    } catch (error) {
      // The newer object is on its way and brings its own reconcile.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
    return {};
  }

  async #act(vmi: Vmi, pod: Pod | undefined, session: Session | undefined): Promise<ReconcileResult> {
    const { node, now, caches } = this.#options;
    const time = now();
    const neighbours = (): readonly Vmi[] => caches.vmis.all();
    const decision = decide({ vmi, node, pod, launcher: session?.view ?? unknown, neighbours }, time);
    if (decision.shutdown !== undefined) this.#shutdown(vmi, session, decision.shutdown);
    const gated = pod !== undefined && isLive(pod) ? pod : undefined;
    const writes = await Promise.allSettled([
      this.#write(vmi, decision),
      gated && this.#gates.write(gated, decision.unpaused, time),
    ]);
    for (const write of writes) if (write.status === 'rejected') throw write.reason as Error;
    return resultOf(decision);
  }

  /** Writes the status when it changed, and tells about it only then. */
  async #write(vmi: Vmi, { status, events }: Decision): Promise<void> {
    const { client, recorder } = this.#options;
    if (!(await writeStatus(client, virtualMachineInstances, vmi, status))) return;
    for (const event of events) recordEvent(recorder, vmi, event);
  }

  #shutdown(
    vmi: Vmi,
    session: Session | undefined,
    { gracePeriodSeconds, deadline, event }: ShutdownRequest,
  ): void {
    if (session === undefined) return;
    recordEvent(this.#options.recorder, vmi, event);
    session.shutdown(gracePeriodSeconds, deadline).catch((error: unknown) => {
      this.#options.logger.info('launcher not asked to stop', { ...keyOf(vmi), error: messageOf(error) });
    });
  }

  #podOf(vmi: Vmi): Pod | undefined {
    const pods = this.#options.caches.pods
      .byIndex(byVmi, keyString(keyOf(vmi)))
      .filter((pod) => isPodOf(pod, vmi));
    return pods.find(isLive) ?? pods[0];
  }

  /** Begins a session with the launcher of a pod that may hold a guest. */
  #follow(key: Key, pod: Pod): void {
    const { uid } = pod.metadata;
    const vmiUid = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (vmiUid === undefined || this.#sessions.has(uid) || !isLive(pod)) return;
    const { launchers, logger, queue } = this.#options;
    const session = new Session({
      key: keyString(key),
      target: { podUid: uid, vmiUid },
      launchers,
      logger: logger.child({ ...key, uid: vmiUid }),
      changed: () => queue.add(key),
      failed: (failure) => this.#announceFailure(key, vmiUid, failure),
    });
    this.#sessions.set(uid, session);
  }

  #announceFailure(key: Key, vmiUid: string, failure: WireError): void {
    const { vmis } = this.#options.caches;
    const vmi = vmis.get(key);
    if (vmi?.metadata.uid !== vmiUid) return;
    const { message } = syncFailed(explainInUse(failure, vmi, vmis.all()));
    recordEvent(this.#options.recorder, vmi, { type: 'Warning', reason: 'SyncFailed', message });
  }

  /** Ends sessions of this key whose pod is gone or can hold no guest any more. */
  #endSessions(key: Key): void {
    const pods = this.#options.caches.pods.byIndex(byVmi, keyString(key));
    const live = new Set(pods.filter(isLive).map(({ metadata }) => metadata.uid));
    for (const [uid, session] of this.#sessions) {
      if (session.key !== keyString(key) || live.has(uid)) continue;
      this.#sessions.delete(uid);
      this.#gates.forget(uid);
      void session.end();
    }
  }
}

const resultOf = ({ requeueAfterMs }: Decision): ReconcileResult =>
  requeueAfterMs === undefined ? {} : { requeueAfterMs };

const isLive = (pod: Pod): boolean => !isOver(pod) && !launcherEnded(pod);

/**
 * Whether the pod is the one the controller made for this VMI. An owner reference can be written by whoever
 * may create pods; the VMI's status cannot.
 */
function ownsPod(vmi: Vmi, pod: Pod): boolean {
  return vmi.status?.activePods?.[pod.metadata.uid] !== undefined;
}

function recordEvent(recorder: EventRecorder, vmi: Vmi, { type, reason, message }: AgentEvent): void {
  recorder.record(vmi, type, reason, message);
}

function parseKey(text: string): Key {
  const [namespace, name] = text.split('/');
  return { namespace: namespace ?? '', name: name ?? '' };
}
