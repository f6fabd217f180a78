import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KubeClient } from '../kube/types.ts';
import { until } from '../kube/testing/until.ts';
import type { Logger } from '../support/log.ts';
import { readConfig } from './config.ts';
import { installHold } from './device-plugins/hold.ts';
import { runHeartbeat } from './heartbeat.ts';
import { agentRules } from './rbac.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

describe('configuration', () => {
  test('comes from the downward API and defaults', () => {
    const { node, port, podsDir } = readConfig([], { NODE_NAME: 'n1' });
    assert.deepEqual([node, port, podsDir], ['n1', 8186, '/var/lib/kubelet/pods']);
  });
  for (const { name, args, env } of [
    { name: 'no node', args: [], env: {} },
    { name: 'a port that is none', args: ['--port', '99999'], env: { NODE_NAME: 'n1' } },
    { name: 'an unknown flag', args: ['--fast'], env: { NODE_NAME: 'n1' } },
  ]) {
    test(`${name} is refused`, () =>
      assert.throws(() => readConfig(args, env), { reason: 'BadConfiguration' }));
  }
});

test('rules are in order and ask for nothing that reads secrets or changes specs', () => {
  const names = agentRules.map(({ apiGroups, resources }) => `${apiGroups?.[0]}/${resources?.[0]}`);
  assert.deepEqual(names, names.toSorted());
  assert.ok(agentRules.every(({ resources }) => !resources?.includes('secrets')));
  const writers = agentRules
    .filter(({ verbs }) => verbs.includes('patch'))
    .flatMap(({ resources }) => resources);
  assert.deepEqual(writers, ['events', 'nodes', 'pods/status', 'virtualmachineinstances/status']);
});

describe('helper of container disks', () => {
  test('is copied, left alone when the same, and replaced by another file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hold-'));
    const [source, target] = [join(dir, 'source'), join(dir, 'bin/hold')];
    await writeFile(source, 'one');
    await installHold(source, join(dir, 'bin'));
    const first = await stat(target);
    assert.equal(first.mode & 0o777, 0o755);
    await installHold(source, join(dir, 'bin'));
    assert.equal((await stat(target)).ino, first.ino);
    await writeFile(source, 'two');
    await installHold(source, join(dir, 'bin'));
    assert.equal(await readFile(target, 'utf8'), 'two');
    assert.notEqual((await stat(target)).ino, first.ino);
    await rm(dir, { recursive: true });
  });
});

describe('heartbeat', () => {
  interface Beat {
    labels?: Record<string, string | null>;
    annotations?: Record<string, string>;
  }
  const start = ({
    failures = 0,
    has = {},
    wanted,
  }: { failures?: number; has?: object; wanted?: Record<string, string> } = {}) => {
    const beats: Beat[] = [];
    const [stop, serving, learned] = [new AbortController(), new AbortController(), new AbortController()];
    let failing = failures;
    const client = {
      patch: async (_resource: unknown, key: unknown, patch: { body: { metadata: Beat } }) => {
        assert.deepEqual(key, { name: 'n1' });
        if (failing > 0) {
          failing -= 1;
          throw new Error('no');
        }
        beats.push(patch.body.metadata);
        return { metadata: { name: 'n1', labels: has } };
      },
    } as unknown as KubeClient;
    const options = {
      client,
      node: 'n1',
      logger: silent,
      serving: serving.signal,
      learned: learned.signal,
      labels: async () => (learned.signal.aborted ? wanted : undefined),
      now: () => new Date(0),
    };
    const running = runHeartbeat(options, stop.signal);
    return { beats, serving, learned, end: () => (stop.abort(), running) };
  };

  test('comes at once, and the node takes VMs when its devices are registered', async () => {
    const { beats, serving, end } = start();
    await until(() => beats.length === 1, 'first beat');
    serving.abort();
    await until(() => beats.length === 2, 'beat with label');
    const annotations = { 'kubevirt.io/heartbeat': '1970-01-01T00:00:00Z' };
    assert.deepEqual(beats, [
      { annotations },
      { labels: { 'kubevirt.io/schedulable': 'true' }, annotations },
    ]);
    await end();
    assert.equal(beats.length, 2, 'nothing is taken back at the end');
  });

  test('brings what guests can have here, once it is known, and takes away what they can no more', async () => {
    const model = (name: string): string => `cpu-model.node.kubevirt.io/${name}`;
    const has = { [model('Old')]: 'true', [model('Kept')]: 'true', other: 'x' };
    const wanted = { [model('Kept')]: 'true', [model('New')]: 'true', cpumanager: 'true' };
    const { beats, learned, end } = start({ has, wanted });
    await until(() => beats.length === 1, 'first beat');
    learned.abort();
    await until(() => beats.length === 3, 'beat with labels');
    assert.deepEqual(beats[2], {
      labels: { [model('Old')]: null, [model('New')]: 'true', cpumanager: 'true' },
    });
    await end();
  });

  test('goes on after a failure', async () => {
    const { beats, serving, end } = start({ failures: 1 });
    serving.abort();
    await until(() => beats.length === 1, 'beat after the pause');
    await end();
  });
});
