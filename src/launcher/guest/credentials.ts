/**
 * Hands SSH keys and passwords of secrets to a guest's users, through its agent: when that comes, when a secret
 * changes, and now and then, because what becomes of them in the guest nobody tells. A user's list of keys is
 * replaced as a whole, as KubeVirt does, so that a key that was taken out of a secret opens nothing any more even
 * if the guest was off at that time. No secret is ever logged, or told on in the words of the guest.
 */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { agentCredentials, secretsOf } from '../../api/agent-credentials.ts';
import type { AgentCredentials } from '../../api/agent-credentials.ts';
import type { Vmi } from '../../api/types.ts';
import { backoffMs, delay } from '../../support/delay.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { printableLine } from '../../support/printable.ts';
import type { CredentialsReport, DomainReport, WireError } from '../protocol.ts';
import type { ReportBoard } from '../report.ts';
import { isLost } from './channel.ts';
import type { AgentChannel } from './channel.ts';
import { readCredentials } from './credential-files.ts';
import type { Wanted } from './credential-files.ts';

export interface CredentialsOptions {
  /** Where secrets are mounted by name. */
  folder: string;
  channel: AgentChannel;
  reports: ReportBoard;
  log: Logger;
}

/** First and longest pause before what failed is tried again, in milliseconds; a new user may not be there yet. */
const retryMs = { first: 1000, longest: 15_000 };
/** How long what worked is believed to last, in milliseconds; as long as KubeVirt does. */
const believedMs = 5 * 60_000;
/** A secret that changes does so in several steps; they are taken as one when they come this close, in milliseconds. */
const settleMs = 200;
/** Longest words of a guest that are told on, in characters. */
const maxWords = 300;

/** Begins to hand over what the VMI names. Dispose of it with the pod. */
export function keepCredentials(vmi: Vmi, options: CredentialsOptions): AsyncDisposable {
  const credentials = agentCredentials(vmi.spec);
  const stop = new AbortController();
  const keeper = new Keeper(credentials, options);
  const done = keeper.run(stop.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

class Keeper {
  readonly #credentials: AgentCredentials;
  readonly #options: CredentialsOptions;
  #wake = new AbortController();
  /** Something happened since the guest was handed anything last. */
  #due = true;
  /** The guest may have other credentials than the secrets. */
  #differs = true;

  constructor(credentials: AgentCredentials, options: CredentialsOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { reports } = this.#options;
    const watchers = this.#watch();
    let before = isThere(reports.current);
    const unsubscribe = reports.subscribe((report) => {
      const now = isThere(report);
      if (now && !before) this.#look();
      before = now;
    });
    try {
      for (let failures = 0; !signal.aborted;) {
        this.#due = false;
        this.#wake = new AbortController();
        failures = (await this.#handOver()) ? 0 : failures + 1;
        const pauseMs = failures === 0 ? believedMs : backoffMs(failures - 1, retryMs.first, retryMs.longest);
        if (!this.#due) await delay(pauseMs, AbortSignal.any([signal, this.#wake.signal]));
        if (this.#due) await delay(settleMs, signal);
      }
    } finally {
      unsubscribe();
      for (const watcher of watchers) watcher.close();
    }
  }

  /** The kubelet replaces a link in the folder of each secret. A folder that cannot be watched is read now and then. */
  #watch(): FSWatcher[] {
    const { folder, log } = this.#options;
    const unwatched = (secret: string, error: unknown): void =>
      log.warn('a secret is not watched', { secret, error: messageOf(error) });
    return secretsOf(this.#credentials).flatMap((secret) => {
      try {
        const watcher = watch(join(folder, secret), () => {
          this.#differs = true;
          this.#look();
        });
        return [watcher.on('error', (error) => unwatched(secret, error))];
      } catch (error) {
        unwatched(secret, error);
        return [];
      }
    });
  }

  #look(): void {
    this.#due = true;
    this.#wake.abort();
  }

  /** @returns whether there is nothing to try again before long. */
  async #handOver(): Promise<boolean> {
    const { reports, log } = this.#options;
    if (!isThere(reports.current)) {
      // What was handed over stays so while a guest reboots or is paused; its return wakes us.
      if (this.#differs) reports.change({ credentials: offline });
      return true;
    }
    this.#differs = false;
    const failure = await this.#attempt();
    this.#differs ||= failure !== undefined;
    if (failure !== undefined) log.warn('credentials are not handed to the guest', { ...failure });
    reports.change({ credentials: { synchronized: failure === undefined, ...failure } });
    return failure === undefined;
  }

  async #attempt(): Promise<WireError | undefined> {
    const { folder, channel } = this.#options;
    try {
      return await applyAll(await readCredentials(this.#credentials, folder), channel);
    } catch (error) {
      return { reason: 'SecretUnreadable', message: messageOf(error).slice(0, maxWords) };
    }
  }
}

const isThere = ({ guestAgent, state }: DomainReport): boolean =>
  guestAgent?.asked === true && state !== 'paused';

const offline: CredentialsReport = {
  synchronized: false,
  reason: 'GuestAgentOffline',
  message: 'Guest agent is offline',
};

/** Gives every user what is theirs, whatever becomes of the others. @returns the first failure. */
async function applyAll({ keys, passwords }: Wanted, channel: AgentChannel): Promise<WireError | undefined> {
  const failures: WireError[] = [];
  const give = async (what: string, { command, given, secret }: Gift): Promise<void> => {
    try {
      await channel.run(() => channel.ask(command, { arguments: given }));
    } catch (error) {
      failures.push({ reason: 'GuestAgentRefused', message: `cannot ${what}: ${wordsOf(error, secret)}` });
      if (isLost(error)) throw error;
    }
  };
  try {
    for (const [username, list] of keys)
      await give(`set the SSH keys of user ${username}`, keysOf(username, list));
    for (const [username, password] of passwords)
      await give(`set the password of user ${username}`, passwordOf(username, password));
  } catch {
    // Nobody answers any more: nothing else is asked for.
  }
  return failures[0];
}

interface Gift {
  command: string;
  given: Record<string, unknown>;
  /** What must not be told on, should the guest repeat it. */
  secret: readonly string[];
}

const keysOf = (username: string, keys: readonly string[]): Gift => ({
  command: 'guest-ssh-add-authorized-keys',
  given: { username, keys, reset: true },
  secret: [],
});

function passwordOf(username: string, text: string): Gift {
  const password = Buffer.from(text).toString('base64');
  return {
    command: 'guest-set-user-password',
    given: { username, password, crypted: false },
    secret: [text, password],
  };
}

/** Why the guest refused, bounded, and in its words only if no secret is among them. */
function wordsOf(error: unknown, secret: readonly string[]): string {
  const words = messageOf(error);
  if (secret.some((each) => words.includes(each)))
    return 'the guest refuses it, in words that cannot be repeated';
  const hint = /not been found|disabled|not supported/.test(words)
    ? '; install or update qemu-guest-agent in the guest, 5.2 or newer, and allow the command'
    : '';
  return `${printableLine(words).slice(0, maxWords)}${hint}`;
}
