/** Carries out a network set-up inside a pod's network namespace. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { PodLink } from '../../network/links.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import { MonovirtError, messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { listCommand, parseLinks, podLinks } from './pod-links.ts';
import { netSetup, shellScript } from './setup.ts';

/** How long a set-up may take, in milliseconds; it takes some twenty. */
const applyTimeoutMs = 20_000;
const maxOutputBytes = 1024 * 1024;
/** Ends the answer to the first question on the shell's output. */
const marker = '---';

/**
 * Makes a pod's network ready for its guest; done again it changes nothing.
 *
 * One process enters the namespace, through a descriptor, never through a path that could change: a shell
 * that first lists the links and is then sent what is missing.
 * @param namespace open descriptor of the network namespace.
 * @returns what the pod's network plugin had given each interface.
 * What the tools complain of without failing goes to the log: the guest runs, but with less between it and others.
 * @throws MonovirtError `NetworkSetupFailed` with what the tools said; and as `netSetup` does.
 */
export async function applyNetwork(
  namespace: number,
  plans: readonly InterfacePlan[],
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<PodLink[]> {
  if (plans.length === 0) return [];
  const child = spawn('nsenter', ['--net=/proc/self/fd/3', '--', 'sh'], {
    stdio: ['pipe', 'pipe', 'pipe', namespace],
    signal: AbortSignal.any([signal, AbortSignal.timeout(applyTimeoutMs)]),
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  }) as unknown as ChildProcessWithoutNullStreams;
  const ended = endOf(child);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`{ ${listCommand}; } || exit 1; echo; echo '${marker}'\n`);
  let found: PodLink[];
  try {
    const links = parseLinks(await Promise.race([answerOf(child), ended.then(fail)]));
    found = podLinks(plans, links);
    child.stdin.end(shellScript(netSetup(plans, links)));
  } catch (error) {
    child.stdin.destroy();
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  const result = await ended;
  if (result.code !== 0) fail(result);
  if (result.complaint !== '') {
    log.warn("a pod's network was set up with complaints", { complaint: result.complaint });
  }
  return found;
}

interface Ended {
  code: number | null;
  complaint: string;
}

/** Resolves when the process has ended, with what it wrote to stderr. */
function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  return new Promise((resolve) => {
    const complaints: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => complaints.length < 64 && complaints.push(chunk));
    child.once('error', (error) => resolve({ code: null, complaint: messageOf(error) }));
    child.once('close', (code) => {
      resolve({ code, complaint: Buffer.concat(complaints).toString('utf8').trim().slice(0, 2000) });
    });
  });
}

function fail({ code, complaint }: Ended): never {
  throw new MonovirtError(
    'NetworkSetupFailed',
    `setting up the pod's network failed (exit code ${code ?? 'none'}): ${complaint}`,
  );
}

function answerOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf(`\n${marker}`);
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxOutputBytes) {
        reject(new MonovirtError('NetworkSetupFailed', 'the list of links in the pod is endless'));
      }
    });
  });
}
