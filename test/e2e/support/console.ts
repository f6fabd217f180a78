/** A guest driven over its serial console, as a person would. */
import type { Duplex } from 'node:stream';
import { openStream } from '../../../src/cli/stream.ts';
import type { Session } from '../../../src/cli/session.ts';

/** What a shell asks of a terminal, such as where its cursor is. */
const terminalCodes = new RegExp(`${String.fromCharCode(27)}\\[[?!0-9;]*[A-Za-z]`, 'g');
/** The prompt that our test guest sets. */
const prompt = /# $/;

export interface Credentials {
  user: string;
  /** Of a user who may become root by `sudo`. */
  password: string;
  /** How long the guest may take to its login prompt. */
  bootTimeoutMs?: number;
}

export interface GuestConsole extends AsyncDisposable {
  /** Waits for `pattern` in what the guest printed since the last match. */
  expect(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  send(text: string): void;
  /** Logs in as root, wherever the guest stands: booting, at its login prompt or in a shell. */
  login(as?: Credentials): Promise<void>;
  /** Runs a command in the guest's shell; returns its output. Rejects when it fails or takes longer. */
  run(command: string, timeoutMs?: number): Promise<string>;
}

const openTimeoutMs = 20_000;

/** Opens the console of a VMI through the API server. */
export async function openConsole(session: Session, namespace: string, name: string): Promise<GuestConsole> {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/${name}/console`;
  const stream = await openStream(
    session.streamUrl(path),
    await session.webSocket(),
    AbortSignal.timeout(openTimeoutMs),
  );
  return drive(stream);
}

function drive(stream: Duplex): GuestConsole {
  let seen = '';
  let ended = false;
  let wake = (): void => {};
  stream.on('data', (chunk: Buffer) => {
    seen = (seen + chunk.toString('latin1')).replaceAll(terminalCodes, '');
    wake();
  });
  for (const name of ['close', 'error'] as const) {
    stream.on(name, () => {
      ended = true;
      wake();
    });
  }

  async function expect(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(seen);
      if (match !== null) {
        seen = seen.slice(match.index + match[0].length);
        return match;
      }
      if (ended) throw new Error(`console ended before ${pattern}; seen: ${tail(seen)}`);
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`no ${pattern} on the console within ${timeoutMs} ms; seen: ${tail(seen)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const send = (text: string): void => void stream.write(text);
  async function enter(as?: Credentials): Promise<void> {
    send(`${as?.user ?? 'root'}\n`);
    if (as !== undefined) {
      await expect(/Password: $/);
      send(`${as.password}\n`);
      await expect(/\$ $/);
      send('sudo -i\n');
    }
    await expect(prompt);
  }

  let commands = 0;
  return {
    expect,
    send,
    async login(as) {
      send('\n');
      const [first] = await expect(/login: $|# $/, as?.bootTimeoutMs ?? 90_000);
      if (first.startsWith('login')) await enter(as);
      // Echoes of long commands are not broken into lines.
      send('stty cols 2000\n');
      await expect(/\n[^\n]*# $/);
    },
    async run(command, timeoutMs) {
      const mark = `mark${(commands += 1)}`;
      // The echo of the command shows "mark""1"; only the guest's own output shows mark1=0.
      send(`${command}; echo "${mark}""="$?\n`);
      const [, output = '', code] = await expect(new RegExp(`\\n([\\s\\S]*?)${mark}=(\\d+)`), timeoutMs);
      await expect(prompt);
      if (code !== '0') throw new Error(`"${command}" ended with ${code}: ${output}`);
      return output.replaceAll('\r', '').trim();
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      await Promise.resolve();
    },
  };
}

const tail = (text: string): string => JSON.stringify(text.slice(-400));
