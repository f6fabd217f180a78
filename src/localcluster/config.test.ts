import assert from 'node:assert/strict';
import test from 'node:test';
import { MonovirtError } from '../support/errors.ts';
import { resolveConfig } from './config.ts';

const env = { HOME: '/home/me' };

for (const row of [
  {
    name: 'defaults',
    options: {},
    env,
    want: { stateDir: '/var/lib/monovirt-cluster', cacheDir: '/home/me/.cache/monovirt' },
  },
  { name: 'XDG cache', options: {}, env: { XDG_CACHE_HOME: '/c' }, want: { cacheDir: '/c/monovirt' } },
  {
    name: 'environment',
    options: {},
    env: { MONOVIRT_STATE: '/s', MONOVIRT_CACHE: '/c' },
    want: { stateDir: '/s', cacheDir: '/c' },
  },
  {
    name: 'options win',
    options: { stateDir: '/o' },
    env: { MONOVIRT_STATE: '/s' },
    want: { stateDir: '/o' },
  },
  {
    name: 'another instance has names and networks of its own',
    options: { instance: 2 },
    env,
    want: {
      name: 'monovirt-cluster-2',
      bridge: 'monovirt2',
      hostIp: '172.30.79.1',
      serviceCidr: '10.98.0.0/16',
      podCidr: '10.242.0.0/16',
      serviceCidr6: 'fd4d:6f6e:6f76:3001::/112',
    },
  },
]) {
  test(`configuration: ${row.name}`, () => {
    const config = resolveConfig(row.options, row.env);
    assert.deepEqual({ ...config, ...row.want }, config);
  });
}

test('configuration: nodes get addresses and pod ranges by number', () => {
  const { nodes } = resolveConfig({ nodes: 2 }, env);
  assert.deepEqual(
    nodes.map(({ name, ip, podCidr, ip6, podCidr6 }) => [name, ip, podCidr, ip6, podCidr6]),
    [
      ['node1', '172.30.77.11', '10.244.1.0/24', 'fd4d:6f6e:6f76:1000::11', 'fd4d:6f6e:6f76:1101::/64'],
      ['node2', '172.30.77.12', '10.244.2.0/24', 'fd4d:6f6e:6f76:1000::12', 'fd4d:6f6e:6f76:1102::/64'],
    ],
  );
});

for (const options of [
  { nodes: 0 },
  { nodes: 10 },
  { nodes: 1.5 },
  { nodes: Number.NaN },
  { instance: -1 },
  { instance: 10 },
]) {
  test(`configuration: refuses ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => resolveConfig(options, env),
      (error) => error instanceof MonovirtError && error.reason === 'InvalidOption',
    );
  });
}
