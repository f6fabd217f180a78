/**
 * The one way to a guest's agent: a command at a time, each with its own time limit. A guest that does not answer
 * holds up nothing but the questions behind its own.
 */
import type { Hypervisor } from '../../libvirt/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { SerialQueue } from '../serial-queue.ts';
import { answerOf } from './replies.ts';

/** The domain while it runs. @throws MonovirtError `DomainNotRunning`. */
export type RunningDomain = () => Promise<{ hypervisor: Hypervisor; uuid: string }>;

/** How long a guest may take for one answer, in seconds. */
export const answerSeconds = 5;

/**
 * Longest answer that is read, in characters. libvirt takes 10 MiB, which as small values would be a multiple of that
 * in memory; an honest list of file systems or users is a hundred times shorter.
 */
const maxAnswer = 1024 * 1024;

export interface Question {
  /** How long the guest may take, in whole seconds. */
  seconds?: number;
  arguments?: Readonly<Record<string, unknown>>;
}

export class AgentChannel {
  readonly #domain: RunningDomain;
  readonly #queue = new SerialQueue();

  constructor(domain: RunningDomain) {
    this.#domain = domain;
  }

  /** Runs `task` while nobody else asks; it asks by `ask`, and nothing behind it goes before it ends. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  /**
   * Asks within `run`. @returns what the guest chose, of any type.
   * @throws MonovirtError `AgentAnswerTooLong`, `AgentAnswerInvalid`, or what libvirt says.
   */
  async ask(command: string, question: Question = {}): Promise<unknown> {
    const { seconds = answerSeconds, arguments: given } = question;
    const { hypervisor, uuid } = await this.#domain();
    const text = JSON.stringify({ execute: command, ...(given === undefined ? {} : { arguments: given }) });
    return checked(command, await hypervisor.agentCommand(uuid, text, seconds));
  }
}

function checked(command: string, reply: string): unknown {
  if (reply.length > maxAnswer) {
    const message = `the guest agent's answer to ${command} is longer than ${maxAnswer} characters`;
    throw new MonovirtError('AgentAnswerTooLong', message);
  }
  try {
    return answerOf(reply);
  } catch {
    throw new MonovirtError('AgentAnswerInvalid', `the guest agent's answer to ${command} is no JSON`);
  }
}

/** Who does not answer one question will not answer the next. */
const lost: ReadonlySet<string> = new Set([
  'LibvirtAgentUnresponsive',
  'LibvirtAgentUnsynced',
  'LibvirtConnectionLost',
  'LibvirtOperationInvalid',
  'DomainNotRunning',
]);

/** Whether an error says that nobody is there who answers, and not what was answered. */
export const isLost = (error: unknown): error is MonovirtError =>
  error instanceof MonovirtError && lost.has(error.reason);
