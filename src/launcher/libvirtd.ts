/** Runs the pod's libvirtd and brings it back when it dies. QEMU outlives it, and it finds QEMU again. */
import { unlessAborted } from '../support/abort.ts';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { daemonFiles, sessionUri, socketPath } from '../libvirt/qemu-conf.ts';
import { backoffMs, delay } from '../support/delay.ts';
import { messageOf, MonovirtError } from '../support/errors.ts';
import { LineSplitter } from '../support/lines.ts';
import type { Logger } from '../support/log.ts';
import { waitForPath } from '../support/watch-path.ts';
import { useCachedCapabilities } from './capabilities.ts';
import type { Accelerator } from './layout.ts';
import { LibvirtdLines } from './libvirtd-log.ts';
import type { Paths } from './paths.ts';
import { rateLimit } from './rate-limit.ts';
import { stopChild } from './stop.ts';

export interface LibvirtdOptions {
  paths: Paths;
  log: Logger;
  /** What guests will use: it starts from what the node knows of it. Without one it probes QEMU itself. */
  accelerator?: Accelerator;
  /** The program; `/usr/sbin/libvirtd` unless said otherwise. */
  command?: string;
  /** How long one start may take until its socket is there. */
  startTimeoutMs?: number;
  /** Starts in a row that may fail before `failed` settles. */
  maxFailures?: number;
}

/** A start that lived this long counts as a good one. */
const stableMs = 30_000;
const stopGraceMs = 2_000;

/** A libvirtd in session mode, kept running until disposed. */
export class Libvirtd implements AsyncDisposable {
  readonly #options: LibvirtdOptions;
  readonly #stop = new AbortController();
  readonly #failed = Promise.withResolvers<MonovirtError>();
  #ready = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #supervising: Promise<void> | undefined;

  constructor(options: LibvirtdOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => undefined);
  }

  /** What the launcher connects to. */
  get uri(): string {
    return sessionUri(this.#options.paths.libvirtSocketDir);
  }

  /** Settles when it was given up: too many starts in a row failed. Starting goes on meanwhile. */
  get failed(): Promise<MonovirtError> {
    return this.#failed.promise;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts supervision; returns at once. */
  start(): void {
    this.#supervising ??= this.#supervise();
  }

  /** Resolves while its socket accepts connections, else when it next does. */
  async ready(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#ready.promise, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new MonovirtError('Stopping', 'the launcher is ending', 'never'));
    if (this.#child !== undefined) await stopChild(this.#child, stopGraceMs);
    await this.#supervising;
  }

  async #supervise(): Promise<void> {
    const { log, paths, accelerator, maxFailures = 5 } = this.#options;
    const { signal } = this.#stop;
    if (accelerator !== undefined) await useCachedCapabilities(paths, accelerator, log);
    for (let failures = 0; !signal.aborted;) {
      const startedAt = performance.now();
      const why = await this.#runOnce().catch(messageOf);
      if (signal.aborted) return;
      failures = performance.now() - startedAt > stableMs ? 1 : failures + 1;
      log.warn('libvirtd ended and will be started again', { error: why, failures });
      if (failures >= maxFailures) {
        const message = `libvirtd does not stay up: ${why}; see its lines in this log`;
        this.#failed.resolve(new MonovirtError('LibvirtUnavailable', message));
      }
      await delay(failures === 1 ? 0 : backoffMs(failures - 2, 100, 5_000), signal);
    }
  }

  /** Runs it until it ends. @returns how it ended. */
  async #runOnce(): Promise<string> {
    const { paths, log, startTimeoutMs = 15_000, command = '/usr/sbin/libvirtd' } = this.#options;
    const configFile = await prepareFolders(paths);
    const child = spawn(command, ['--config', configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment(paths),
    });
    this.#child = child;
    forwardLog(child, log);
    const ended = once(child, 'exit').then(([code, by]) => `exit code ${String(code ?? by)}`);
    const settled = new AbortController();
    const deadline = AbortSignal.any([
      settled.signal,
      this.#stop.signal,
      AbortSignal.timeout(startTimeoutMs),
    ]);
    const listening = waitForPath(socketPath(paths.libvirtSocketDir), deadline).then(
      () => this.#ready.resolve(),
      async (error: unknown) => {
        if (settled.signal.aborted) return;
        log.warn('libvirtd did not open its socket in time', { error: messageOf(error) });
        await stopChild(child, stopGraceMs);
      },
    );
    try {
      return await ended;
    } finally {
      settled.abort();
      await listening;
      this.#renewReady();
    }
  }

  #renewReady(): void {
    this.#ready = Promise.withResolvers<void>();
    this.#ready.promise.catch(() => undefined);
  }
}

/**
 * Writes folders and configuration; a socket that a dead libvirtd left is removed, so that the next one to appear
 * is alive. @returns the path of libvirtd's configuration.
 */
async function prepareFolders(paths: Paths): Promise<string> {
  const { home, configHome, cacheHome, dataHome, libvirtSocketDir } = paths;
  const { libvirtdConf, qemuConf } = daemonFiles({ socketDir: libvirtSocketDir, configHome });
  for (const folder of [home, cacheHome, dataHome, libvirtSocketDir, dirname(qemuConf.path)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await rm(socketPath(libvirtSocketDir), { force: true });
  for (const { path, text } of [libvirtdConf, qemuConf]) await writeFile(path, text, { mode: 0o600 });
  return libvirtdConf.path;
}

/** All that libvirtd and QEMU get to see of our environment. */
function environment(paths: Paths): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    HOME: paths.home,
    XDG_CONFIG_HOME: paths.configHome,
    XDG_CACHE_HOME: paths.cacheHome,
    XDG_DATA_HOME: paths.dataHome,
    XDG_RUNTIME_DIR: paths.runtimeDir,
    TMPDIR: paths.home,
    // One arena instead of one a thread: its threads hardly allocate at the same time.
    MALLOC_ARENA_MAX: '1',
  };
}

const maxLogLine = 8 * 1024;
/** What libvirtd complains about in any container and what has no consequence there. */
const harmless =
  /virGDBus|udevGetDMIData|dnsmasqCaps|networkStateInitialize|GLib-GObject|virHostCPUGet|^\s*$/;

/** Lines of libvirtd that are passed on: a guest's agent can make it say any number of them. */
const pace = { perSecond: 5, burst: 100 };

function forwardLog(child: ChildProcess, log: Logger): void {
  let lines = new LineSplitter(maxLogLine);
  const told = new LibvirtdLines();
  const allowed = rateLimit(pace.perSecond, pace.burst);
  child.on('error', (error) => log.error('libvirtd cannot be started', { error: error.message }));
  child.stderr?.on('data', (chunk: Buffer) => {
    try {
      for (const read of lines.push(chunk)) {
        const line = told.next(read);
        if (line === undefined) continue;
        if (harmless.test(line) || !allowed.take()) log.debug('libvirtd', { line });
        else log.info('libvirtd', { line });
      }
    } catch {
      log.debug('libvirtd wrote a line that is too long');
      lines = new LineSplitter(maxLogLine);
      told.lost();
    }
  });
}
