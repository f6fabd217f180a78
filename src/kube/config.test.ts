import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { loadConfig, tlsOptions } from './config.ts';
import { inClusterConfig } from './in-cluster.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig with one context, whose user and cluster are changed by a test. */
const kubeconfig = (user: unknown = {}, cluster: object = {}): Record<string, unknown> => ({
  'current-context': 'here',
  contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'ns' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
  users: [{ name: 'u', user }],
});

describe('configuration', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'monovirt-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (content: unknown, name = 'config'): string => {
    const path = join(directory, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : stringify(content), { mode: 0o700 });
    return path;
  };
  const plugin = (script: string): string => write(`#!/bin/sh\n${script}\n`, 'plugin');
  const execUser = (command: string, more: object = {}): unknown => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never', ...more },
  });
  const credential = (status: object): string =>
    JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });

  test('server, namespace and inline certificates', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'name' };
    const config = await loadConfig({ kubeconfig: write(kubeconfig(user, cluster)) });
    assert.equal(config.server, 'https://10.0.0.1:6443');
    assert.equal(config.namespace, 'ns');
    assert.deepEqual(await tlsOptions(config), { ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'name' });
    assert.deepEqual(await config.authHeaders(), {});
  });

  test('files are found beside the kubeconfig', async () => {
    write('CERT', 'pki/c.crt');
    write('KEY', 'pki/c.key');
    write('CA', 'ca.crt');
    write('secret\n', 'token');
    const user = {
      'client-certificate': 'pki/c.crt',
      'client-key': 'pki/c.key',
      tokenFile: 'token',
      token: 'older',
    };
    const config = await loadConfig({
      kubeconfig: write(kubeconfig(user, { 'certificate-authority': 'ca.crt' })),
    });
    assert.deepEqual(await config.tls(), { ca: 'CA', cert: 'CERT', key: 'KEY' });
    assert.deepEqual(await config.authHeaders(), { authorization: 'Bearer secret' });
  });

  const headers = [
    { name: 'token', user: { token: 't' }, want: { authorization: 'Bearer t' } },
    {
      name: 'password',
      user: { username: 'u', password: 'p' },
      want: { authorization: `Basic ${base64('u:p')}` },
    },
    {
      name: 'impersonation',
      user: { token: 't', as: 'jane', 'as-groups': ['devs'] },
      want: { authorization: 'Bearer t', 'impersonate-user': 'jane', 'impersonate-group': 'devs' },
    },
    { name: 'nothing', user: null, want: {} },
  ];
  for (const { name, user, want } of headers) {
    test(`headers: ${name}`, async () => {
      const config = await loadConfig({ kubeconfig: write(kubeconfig(user)) });
      assert.deepEqual(await config.authHeaders(), want);
    });
  }

  test('several files merge; the first mention wins; a context can be named', async () => {
    const first = write(
      { 'current-context': 'here', users: [{ name: 'u', user: { token: 'first' } }] },
      'one',
    );
    const second = write(kubeconfig({ token: 'second' }), 'two');
    const env = { KUBECONFIG: `${first}:${second}:${join(directory, 'absent')}` };
    const config = await loadConfig({ env });
    assert.deepEqual(await config.authHeaders(), { authorization: 'Bearer first' });
    await assert.rejects(loadConfig({ env, context: 'there' }), /"there" is not defined \(known: here\)/);
  });

  const bad: { name: string; content: unknown; want: RegExp }[] = [
    { name: 'no YAML', content: 'a: [', want: /not valid YAML/ },
    { name: 'no current-context', content: { clusters: [] }, want: /current-context is not set/ },
    {
      name: 'unknown user',
      content: { ...kubeconfig(), users: [] },
      want: /user "u" is not defined \(known: none\)/,
    },
    {
      name: 'server that is no URL',
      content: kubeconfig({}, { server: 'x' }),
      want: /clusters\.0\.cluster\.server: must be a URL/,
    },
    {
      name: 'proxy',
      content: kubeconfig({}, { 'proxy-url': 'http://x' }),
      want: /proxy-url is not supported/,
    },
    { name: 'auth-provider', content: kubeconfig({ 'auth-provider': {} }), want: /use exec/ },
    {
      name: 'exec version',
      content: kubeconfig({ exec: { apiVersion: 'v0', command: 'x' } }),
      want: /users\.0\.user\.exec\.apiVersion/,
    },
  ];
  for (const { name, content, want } of bad) {
    test(`refused: ${name}`, async () => {
      await assert.rejects(loadConfig({ kubeconfig: write(content) }), {
        reason: 'KubeconfigInvalid',
        message: want,
      });
    });
  }

  test('no configuration at all says what was looked for', async () => {
    await assert.rejects(loadConfig({ env: { HOME: directory } }), { reason: 'KubeconfigNotFound' });
  });

  test('a plugin runs once until its credential expires or is refused', async () => {
    const runs = join(directory, 'runs');
    const far = new Date(Date.now() + 3_600_000).toISOString();
    const command = plugin(
      `echo "$KUBERNETES_EXEC_INFO $1 $EXTRA" >>${runs}; echo '${credential({ token: 'T', expirationTimestamp: far })}'`,
    );
    const user = execUser('./plugin', {
      args: ['arg'],
      env: [{ name: 'EXTRA', value: 'e' }],
      provideClusterInfo: true,
    });
    assert.ok(command.startsWith(directory));
    const config = await loadConfig({ kubeconfig: write(kubeconfig(user)) });
    const both = await Promise.all([config.authHeaders(), config.authHeaders()]);
    assert.deepEqual(both, [{ authorization: 'Bearer T' }, { authorization: 'Bearer T' }]);
    const { readFileSync } = await import('node:fs');
    const lines = (): string[] => readFileSync(runs, 'utf8').trim().split('\n');
    assert.equal(lines().length, 1);
    assert.match(
      lines()[0]!,
      /"interactive":false,"cluster":\{"server":"https:\/\/10.0.0.1:6443\/"\}.* arg e$/,
    );
    config.invalidate();
    await config.authHeaders();
    assert.equal(lines().length, 2);
  });

  test('an expired plugin credential is fetched again; client certificates come from plugins too', async () => {
    const past = '2020-01-01T00:00:00Z';
    const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY', expirationTimestamp: past };
    const runs = join(directory, 'runs');
    plugin(`echo x >>${runs}; echo '${credential(status)}'`);
    const config = await loadConfig({ kubeconfig: write(kubeconfig(execUser('./plugin'))) });
    assert.deepEqual(await config.tls(), { cert: 'CERT', key: 'KEY' });
    await config.tls();
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(runs, 'utf8'), 'x\nx\n');
  });

  const badPlugins = [
    { name: 'is missing', script: undefined, want: /ENOENT\ninstall it/ },
    { name: 'fails', script: 'exit 3', want: /ended with code 3/ },
    { name: 'prints no JSON', script: 'echo hello', want: /printed no JSON/ },
    { name: 'prints another kind', script: `echo '{"kind":"X"}'`, want: /no ExecCredential/ },
    {
      name: 'answers in another version',
      script: `echo '{"kind":"ExecCredential","apiVersion":"v0","status":{}}'`,
      want: /v0 instead of/,
    },
  ];
  for (const { name, script, want } of badPlugins) {
    test(`a plugin that ${name}`, async () => {
      if (script !== undefined) plugin(script);
      const user = execUser('./plugin', { installHint: 'install it' });
      const config = await loadConfig({ kubeconfig: write(kubeconfig(user)) });
      await assert.rejects(config.authHeaders(), { reason: 'CredentialPluginFailed', message: want });
    });
  }

  test('a pod uses its service account', async () => {
    write('TOKEN\n', 'token');
    write('CA', 'ca.crt');
    write('vms', 'namespace');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const config = inClusterConfig(env, directory);
    assert.equal(config.server, 'https://[fd00::1]:443');
    assert.equal(config.namespace, 'vms');
    assert.deepEqual(await config.tls(), { ca: 'CA' });
    assert.deepEqual(await config.authHeaders(), { authorization: 'Bearer TOKEN' });
  });
});
