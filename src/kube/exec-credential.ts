/** Credential plugins: a program that prints an ExecCredential with a token or a client certificate. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { Cluster, ExecPlugin } from './kubeconfig-schema.ts';
import { execCredentialSchema } from './kubeconfig-schema.ts';

export interface PluginCredential {
  token?: string;
  cert?: string;
  key?: string;
  /** Milliseconds since 1970; absent means until the server refuses it. */
  expiresAt?: number;
}

export interface PluginSource {
  /** Runs the plugin when there is no valid credential; callers at the same time share one run. */
  read(): Promise<PluginCredential>;
  invalidate(): void;
}

const timeoutMs = 60_000;
const maxOutputBytes = 1 << 20;

export function execCredential(plugin: ExecPlugin, directory: string, cluster: Cluster): PluginSource {
  let current: Promise<PluginCredential> | undefined;
  let expiresAt = Infinity;
  return {
    async read() {
      if (Date.now() >= expiresAt) current = undefined;
      current ??= runPlugin(plugin, directory, cluster);
      try {
        const credential = await current;
        expiresAt = credential.expiresAt ?? Infinity;
        return credential;
      } catch (error) {
        current = undefined;
        throw error;
      }
    },
    invalidate() {
      current = undefined;
      expiresAt = Infinity;
    },
  };
}

async function runPlugin(plugin: ExecPlugin, directory: string, cluster: Cluster): Promise<PluginCredential> {
  const interactive = plugin.interactiveMode !== 'Never' && process.stdin.isTTY;
  if (plugin.interactiveMode === 'Always' && !interactive) {
    throw failed(plugin, 'it needs a terminal and standard input is none');
  }
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(plugin.provideClusterInfo === true && { cluster: clusterInfo(cluster) }) },
  };
  const env = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  // A bare name is looked up in PATH; a path with a slash starts at the kubeconfig's directory.
  const command = plugin.command.includes('/') ? resolve(directory, plugin.command) : plugin.command;
  const output = await new Promise<string>((onDone, onError) => {
    const child = spawn(command, plugin.args ?? [], {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
      timeout: timeoutMs,
    });
    const printed = collect(child.stdout, () => child.kill());
    child.on('error', (error) => onError(failed(plugin, messageOf(error))));
    child.on('close', (code, signal) => {
      if (code === 0) onDone(printed());
      else onError(failed(plugin, `it ended with ${signal ?? `code ${code}`}`));
    });
  });
  return parseCredential(plugin, output);
}

function collect(stream: NodeJS.ReadableStream, onTooLong: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxOutputBytes) onTooLong();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

const clusterInfo = (cluster: Cluster): Record<string, unknown> => ({
  server: cluster.server,
  'certificate-authority-data': cluster['certificate-authority-data'],
  'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
  'tls-server-name': cluster['tls-server-name'],
});

function parseCredential(plugin: ExecPlugin, output: string): PluginCredential {
  let document: unknown;
  try {
    document = JSON.parse(output);
  } catch (error) {
    throw failed(plugin, `it printed no JSON: ${messageOf(error)}`);
  }
  const result = v.safeParse(execCredentialSchema, document);
  if (!result.success) throw failed(plugin, 'it printed no ExecCredential with a status');
  if (result.output.apiVersion !== plugin.apiVersion) {
    throw failed(plugin, `it answered in ${result.output.apiVersion} instead of ${plugin.apiVersion}`);
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = result.output.status;
  return {
    ...(token !== undefined && { token }),
    ...(clientCertificateData !== undefined && { cert: clientCertificateData }),
    ...(clientKeyData !== undefined && { key: clientKeyData }),
    ...(expirationTimestamp !== undefined && { expiresAt: Date.parse(expirationTimestamp) }),
  };
}

function failed(plugin: ExecPlugin, why: string): MonovirtError {
  const hint = plugin.installHint === undefined ? '' : `\n${plugin.installHint.trim()}`;
  return new MonovirtError(
    'CredentialPluginFailed',
    `credential plugin ${plugin.command} gave no credential: ${why}${hint}`,
  );
}
