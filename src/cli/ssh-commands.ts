/** `ssh` and `scp`: the local programs, through a port that is forwarded on their standard input and output. */
import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { MonovirtError } from '../support/errors.ts';
import type { CommandContext } from './flags.ts';
import { collect, onCluster, parsePort, withSession } from './flags.ts';
import type { ClusterFlags } from './session.ts';
import { parseTarget } from './target.ts';
import type { Target } from './target.ts';

export interface SshFlags extends ClusterFlags {
  username?: string;
  identityFile?: string;
  knownHosts?: string;
  port: number;
  command?: string;
  localSshOpts?: string[];
  recursive?: boolean;
  preserve?: boolean;
}

export function sshCommands(context: CommandContext): Command[] {
  return [
    withSshFlags(new Command('ssh').description("Log in to a virtual machine's guest"))
      .argument('<target>', '[USER@]NAME, [USER@]vm/NAME or [USER@]vmi/NAME')
      .option('-c, --command <command>', 'run this instead of a shell')
      .action((target: string, flags: SshFlags, command: Command) =>
        withSession(command, ({ namespace }) => {
          const all = { ...flags, ...command.optsWithGlobals<ClusterFlags>(), namespace };
          return runLocally('ssh', sshArguments(parseTarget(target), all, proxySelf()), context.signal);
        }),
      ),
    withSshFlags(new Command('scp').description("Copy files from or to a virtual machine's guest"))
      .argument('<from>', 'a local path, or [USER@]vmi/NAME:PATH')
      .argument('<to>', 'a local path, or [USER@]vmi/NAME:PATH')
      .option('-r, --recursive', 'copy folders with all they hold')
      .option('--preserve', 'keep times and modes')
      .action((from: string, to: string, flags: SshFlags, command: Command) =>
        withSession(command, ({ namespace }) => {
          const all = { ...flags, ...command.optsWithGlobals<ClusterFlags>(), namespace };
          return runLocally('scp', scpArguments(from, to, all, proxySelf()), context.signal);
        }),
      ),
  ];
}

const withSshFlags = (command: Command): Command =>
  onCluster(command)
    .option('-l, --username <user>', "the guest's user")
    .option('-i, --identity-file <file>', 'private key')
    .option('--known-hosts <file>', "file that remembers guests' host keys")
    .option('-p, --port <port>', "the guest's SSH port", parsePort, 22)
    .option('-t, --local-ssh-opts <option>', 'passed on to the local program; may be repeated', collect);

/** How this program is called again by ssh. */
export function proxySelf(): string[] {
  const script = process.argv[1];
  // As one executable, the program is its own first argument.
  const scripted = script !== undefined && script.endsWith('.ts');
  return scripted ? [process.execPath, script, 'vm'] : [script ?? process.execPath];
}

/** Arguments of the local `ssh`. Pure. */
export function sshArguments(target: Target, flags: SshFlags, self: readonly string[]): string[] {
  return [
    ...common(target, flags, self),
    ...(flags.port === 22 ? [] : ['-p', String(flags.port)]),
    `${userOf(target, flags)}${hostOf(target, flags)}`,
    ...(flags.command === undefined ? [] : [flags.command]),
  ];
}

/** Arguments of the local `scp`. Pure. @throws MonovirtError InvalidTarget unless one side is in a guest. */
export function scpArguments(from: string, to: string, flags: SshFlags, self: readonly string[]): string[] {
  const sides = [from, to].map(remoteSide);
  const [source, destination] = sides;
  const remote = source ?? destination;
  if (remote === undefined || (source !== undefined && destination !== undefined)) {
    throw new MonovirtError(
      'InvalidTarget',
      'give one path in a guest, as vmi/NAME:PATH, and one local path',
      'never',
    );
  }
  const inGuest = `${userOf(remote.target, flags)}${hostOf(remote.target, flags)}:${remote.path}`;
  return [
    ...(flags.recursive === true ? ['-r'] : []),
    ...(flags.preserve === true ? ['-p'] : []),
    ...common(remote.target, flags, self),
    ...(flags.port === 22 ? [] : ['-P', String(flags.port)]),
    ...(source === undefined ? [from, inGuest] : [inGuest, to]),
  ];
}

/** A path that begins like one is local, whatever follows. */
function remoteSide(text: string): { target: Target; path: string } | undefined {
  if (/^[./]/.test(text)) return undefined;
  const match = /^((?:[^@/:]+@)?(?:[^/:]+\/)?[^/:]+(?:\/[^/:]+)?):(.*)$/.exec(text);
  return match === null ? undefined : { target: parseTarget(match[1] ?? ''), path: match[2] ?? '' };
}

function common(target: Target, flags: SshFlags, self: readonly string[]): string[] {
  const option = (name: string, value: string): string[] => ['-o', `${name}=${value}`];
  return [
    ...option('ProxyCommand', proxyCommand(target, flags, self)),
    ...(flags.identityFile === undefined ? [] : ['-i', flags.identityFile]),
    ...(flags.knownHosts === undefined ? [] : option('UserKnownHostsFile', flags.knownHosts)),
    ...(flags.localSshOpts ?? []),
  ];
}

/** ssh hands this to a shell. */
function proxyCommand(target: Target, flags: SshFlags, self: readonly string[]): string {
  const place = `${target.kind}/${target.name}/${namespaceOf(target, flags)}`;
  const words = [
    ...self,
    'port-forward',
    '--stdio=true',
    ...(flags.kubeconfig === undefined ? [] : ['--kubeconfig', flags.kubeconfig]),
    ...(flags.context === undefined ? [] : ['--context', flags.context]),
    place,
    '%p',
  ];
  return words.map((word) => (word === '%p' ? word : quoted(word))).join(' ');
}

/** For a POSIX shell, and for ssh, which reads `%` as the beginning of a token. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `'${escaped.replaceAll("'", `'\\''`)}'`;
}

const namespaceOf = (target: Target, flags: SshFlags): string =>
  target.namespace ?? flags.namespace ?? 'default';

/** A name by which ssh remembers the guest's key. */
const hostOf = (target: Target, flags: SshFlags): string =>
  `${target.kind}.${target.name}.${namespaceOf(target, flags)}`;

function userOf(target: Target, flags: SshFlags): string {
  const user = flags.username ?? target.user;
  return user === undefined ? '' : `${user}@`;
}

/** @throws MonovirtError ProgramMissing, ProgramFailed with its exit code. */
async function runLocally(program: string, args: string[], signal: AbortSignal): Promise<void> {
  const child = spawn(program, args, { stdio: 'inherit', signal });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', (code) => resolve(code ?? 1));
  let code: number;
  try {
    code = await promise;
  } catch (cause) {
    throw new MonovirtError('ProgramMissing', `cannot run ${program}; install OpenSSH's client`, 'never', {
      cause,
    });
  }
  if (code !== 0) throw new MonovirtError('ProgramFailed', `${program} ended with code ${code}`, 'never');
}
