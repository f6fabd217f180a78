/**
 * The agent inside the guest. Whether one is connected is told by event; what it is asked is asked when somebody
 * wants to know, but for the guest's addresses.
 */
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import type { FileSystem, GuestAgentInfo, GuestAgentReport, GuestInterface, GuestUser } from '../protocol.ts';
import type { ReportBoard } from '../report.ts';
import { AgentChannel, isLost } from './channel.ts';
import type { RunningDomain } from './channel.ts';
import * as replies from './replies.ts';

export interface GuestAgentOptions {
  domain: RunningDomain;
  reports: ReportBoard;
  log: Logger;
}

/** How long a guest may take, in seconds; bringing file systems to rest writes what is in memory. */
const freezeSeconds = 10;
const undoSeconds = 3;
/** After this long nothing more is asked for one answer of ours, in milliseconds; the node agent waits 20 s. */
const enoughMs = 10_000;
/** Entries of each list in what is told of the guest as a whole; as many as KubeVirt tells. */
const shortList = 10;
/**
 * Pauses between looks at a guest's addresses, in milliseconds: there is no event of them, and they come soon after
 * the agent. The longest is as long as KubeVirt's.
 */
const lookMs = { first: 2_000, longest: 120_000 };
/** Longest time a timer of Node can be set to, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

export class GuestAgent {
  readonly #options: GuestAgentOptions;
  /** Where others ask their own questions. */
  readonly channel: AgentChannel;
  /** Questions under way: who asks the same meanwhile gets the same answer. */
  readonly #asked = new Map<string, Promise<unknown>>();
  #unfreezing: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  /** What we know of file systems that we brought to rest; `overdue` when nobody let them go on in time. */
  #resting: 'no' | 'yes' | 'overdue' = 'no';

  constructor(options: GuestAgentOptions) {
    this.#options = options;
    this.channel = new AgentChannel(options.domain);
  }

  get connected(): boolean {
    return this.#options.reports.current.guestAgent !== undefined;
  }

  /** Takes note that an agent has come, and asks it who it is, or that it has gone. Returns at once. */
  turned(connected: boolean): void {
    const { reports } = this.#options;
    if (!connected) {
      clearTimeout(this.#looking);
      // Whether file systems still rest nobody knows now: a guest that reboots has none that do.
      reports.change({ guestAgent: null, frozen: null });
      return;
    }
    if (this.connected) return;
    reports.change({ guestAgent: { asked: false, supported: true } });
    void this.#introduce();
  }

  /** All that KubeVirt tells of a guest. @throws what libvirt says when the agent does not answer. */
  info(): Promise<GuestAgentInfo> {
    return this.#together('info', async () => {
      const until = performance.now() + enoughMs;
      const agent = replies.agentOf(await this.#ask('guest-info'));
      const hostname = replies.hostnameOf(await this.#try('guest-get-host-name', until));
      const os = replies.osOf(await this.#try('guest-get-osinfo', until));
      const timezone = replies.timezoneOf(await this.#try('guest-get-timezone', until));
      const fsFreezeStatus = replies.freezeStatusOf(await this.#try('guest-fsfreeze-status', until));
      const users = replies.usersOf(await this.#try('guest-get-users', until));
      const systems = replies.fileSystemsOf(await this.#try('guest-get-fsinfo', until));
      return {
        ...agent,
        ...(hostname === undefined ? {} : { hostname }),
        os,
        ...(timezone === undefined ? {} : { timezone }),
        userList: users.slice(0, shortList),
        fsInfo: { disks: systems.slice(0, shortList) },
        ...(fsFreezeStatus === undefined ? {} : { fsFreezeStatus }),
      };
    });
  }

  users(): Promise<GuestUser[]> {
    return this.#together('users', async () => replies.usersOf(await this.#ask('guest-get-users')));
  }

  fileSystems(): Promise<FileSystem[]> {
    return this.#together('systems', async () => replies.fileSystemsOf(await this.#ask('guest-get-fsinfo')));
  }

  /**
   * Brings the guest's file systems to rest. Does nothing when they are.
   * @param timeoutSeconds when they go on by themselves; 0 never.
   */
  freeze(timeoutSeconds: number): Promise<void> {
    return this.channel.run(async () => {
      if ((await this.#freezeStatus()) === 'frozen') return;
      this.#unfreezeAfter(timeoutSeconds);
      this.#resting = 'yes';
      try {
        await this.#ask('guest-fsfreeze-freeze', freezeSeconds);
        this.#options.reports.change({ frozen: true });
      } catch (error) {
        // It may have done so after all, and told nobody. If this fails too, the timeout is still there.
        await this.#ask('guest-fsfreeze-thaw', undoSeconds).then(
          () => this.#restOver(),
          () => undefined,
        );
        throw error;
      }
    });
  }

  /** Lets the file systems go on. Does nothing when they do. */
  unfreeze(): Promise<void> {
    return this.channel.run(async () => {
      const status = await this.#freezeStatus().catch(() => undefined);
      // Thawing what is not frozen would run the guest's hooks again.
      if (status !== 'thawed') await this.#ask('guest-fsfreeze-thaw', freezeSeconds);
      this.#restOver();
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#looking);
    clearTimeout(this.#unfreezing);
  }

  #unfreezeAfter(seconds: number): void {
    clearTimeout(this.#unfreezing);
    if (seconds === 0) return;
    const wake = (): void => {
      this.#options.log.warn('nobody let the guest write again in time', { seconds });
      this.#resting = 'overdue';
      this.unfreeze().catch((error: unknown) => {
        this.#options.log.error('the guest cannot be let write again', { error: messageOf(error) });
      });
    };
    this.#unfreezing = setTimeout(wake, Math.min(seconds * 1000, maxTimerMs)).unref();
  }

  /** Reports who has come. Agents of some guests answer only a while after they have connected. */
  async #introduce(): Promise<void> {
    const { reports, log } = this.#options;
    const who = await this.#together('who', () => this.#who()).catch((error: unknown) => {
      log.info('the guest agent does not say who it is', { error: messageOf(error) });
      return { supported: true };
    });
    if (!this.connected) return;
    reports.change({ guestAgent: { ...reports.current.guestAgent, asked: true, ...who } });
    void this.#look(lookMs.first);
    await this.#recall().catch((error: unknown) => {
      log.info('the guest agent does not say whether its file systems rest', { error: messageOf(error) });
    });
  }

  /** Reports the guest's addresses, now and again in `pauseMs` milliseconds; later and later. */
  async #look(pauseMs: number): Promise<void> {
    const { reports } = this.#options;
    // A guest that is paused answers nothing, and is asked in vain for as long as its answer may take.
    if (reports.current.state !== 'paused') {
      const found = await this.#together('interfaces', () => this.#interfaces()).catch(() => undefined);
      const { guestAgent } = reports.current;
      if (guestAgent === undefined) return;
      if (found !== undefined) reports.change({ guestAgent: { ...guestAgent, interfaces: found } });
    }
    clearTimeout(this.#looking);
    const again = (): void => void this.#look(Math.min(2 * pauseMs, lookMs.longest));
    this.#looking = setTimeout(again, pauseMs).unref();
  }

  async #interfaces(): Promise<GuestInterface[]> {
    return replies.interfacesOf(await this.channel.ask('guest-network-get-interfaces'));
  }

  /** An agent that was only started anew finds its guest's file systems as it left them: at rest. */
  async #recall(): Promise<void> {
    if (this.#resting === 'no') return;
    await this.#together('rest', async () => {
      if ((await this.#freezeStatus()) !== 'frozen') return this.#restOver();
      if (this.#resting !== 'overdue') return void this.#options.reports.change({ frozen: true });
      await this.#ask('guest-fsfreeze-thaw', freezeSeconds);
      this.#restOver();
    });
  }

  #restOver(): void {
    clearTimeout(this.#unfreezing);
    this.#resting = 'no';
    this.#options.reports.change({ frozen: null });
  }

  async #who(): Promise<Pick<GuestAgentReport, 'supported' | 'os'>> {
    const supported = replies.isSupported(replies.agentOf(await this.#ask('guest-info')));
    return { supported, os: replies.osOf(await this.#try('guest-get-osinfo', Number.POSITIVE_INFINITY)) };
  }

  async #freezeStatus(): Promise<string | undefined> {
    return replies.freezeStatusOf(await this.#ask('guest-fsfreeze-status'));
  }

  #together<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(name) as Promise<T> | undefined;
    if (asked !== undefined) return asked;
    const asking = this.channel.run(ask).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asking);
    return asking;
  }

  /** What an agent need not know how to answer, and is not asked for any more when it was slow before. */
  async #try(command: string, until: number): Promise<unknown> {
    if (performance.now() > until) return undefined;
    try {
      return await this.#ask(command);
    } catch (error) {
      if (isLost(error)) throw error;
      return undefined;
    }
  }

  #ask(command: string, seconds?: number): Promise<unknown> {
    return this.channel.ask(command, seconds === undefined ? {} : { seconds });
  }
}
