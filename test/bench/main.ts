/**
 * `make bench`: one run on the cluster that `make up` made. Times and memory of VMs beside the same pods without
 * one; prints what it finds and writes it to docs/performance.md. It reports; it never judges.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testImageName } from '../../src/image/names.ts';
import { guestInstance } from '../e2e/support/guest.ts';
import { guestVmi, sleepingPod } from '../e2e/support/manifests.ts';
import type { TestCluster } from '../e2e/support/cluster.ts';
import { testCluster } from '../e2e/support/cluster.ts';
import { localCluster, nodeRun, pidsOn } from '../e2e/support/node.ts';
import { measure, podSubject, vmiSubject } from './latency.ts';
import type { Timings } from './latency.ts';
import { parseSmaps, smapsScript } from './memory.ts';
import type { ProcessMemory } from './memory.ts';
import { describeMachine } from './machine.ts';
import { replaceFigures, report } from './report.ts';
import type { Figures } from './report.ts';
import { concernsVms, difference, eventCounts, requestCounts } from './requests.ts';

const repeats = Number(process.env['BENCH_REPEATS'] ?? '5');
const many = 10;
const settleMs = 40_000;
const target = join(import.meta.dirname, '../../docs/performance.md');

const pausedVmi = (cluster: TestCluster) =>
  vmiSubject((name) => guestVmi({ name, startPaused: true, namespace: cluster.namespace }));
const bootingVmi = (cluster: TestCluster) =>
  vmiSubject((name) => guestVmi({ name, namespace: cluster.namespace }));
/** The same with a disk from an image, an empty one, and its NIC. */
const diskVmi = (cluster: TestCluster) =>
  vmiSubject((name) => {
    const vmi = guestInstance({ name, disks, volumes, spec: { startStrategy: 'Paused' } });
    return { ...vmi, metadata: { ...(vmi['metadata'] as object), namespace: cluster.namespace } };
  });
const disks = ['root', 'scratch'].map((name) => ({ name, disk: { bus: 'virtio' } }));
const volumes = [
  { name: 'root', containerDisk: { image: testImageName('guest-disk'), imagePullPolicy: 'IfNotPresent' } },
  { name: 'scratch', emptyDisk: { capacity: '64Mi' } },
];
const barePod = (cluster: TestCluster, image: string) =>
  podSubject((name) => sleepingPod(name, cluster.namespace, image));

/** The image that launchers run. */
async function launcherImage(cluster: TestCluster): Promise<string> {
  const [agent] = JSON.parse(await cluster.kubectl('-n', 'kubevirt', 'get', 'ds', '-o', 'json')).items as {
    spec: { template: { spec: { containers: [{ image: string }] } } };
  }[];
  if (agent === undefined) throw new Error('no node agents: run make up first');
  return agent.spec.template.spec.containers[0].image;
}

/** Repeats a measurement of `count` objects and pools its figures. */
async function repeated(
  what: string,
  cluster: TestCluster,
  subject: ReturnType<typeof podSubject>,
  count: number,
): Promise<Timings> {
  const pooled: Timings = { running: [], gone: [] };
  for (let round = 0; round < repeats; round += 1) {
    console.log(`${what}: round ${round + 1} of ${repeats}`);
    const { running, gone } = await measure(cluster.session.client, cluster.namespace, subject, count);
    pooled.running.push(...running);
    pooled.gone.push(...gone);
  }
  return pooled;
}

/** Requests and events that one VMI's life from create to gone causes, averaged over `count` at once. */
async function requestsPerVmi(
  cluster: TestCluster,
  count: number,
): Promise<Pick<Figures, 'requests' | 'events'>> {
  const read = async () => ({
    requests: requestCounts(await cluster.kubectl('get', '--raw', '/metrics')),
    events: eventCounts(await cluster.kubectl('get', 'events', '-o', 'json')),
  });
  const before = await read();
  await measure(cluster.session.client, cluster.namespace, pausedVmi(cluster), count);
  const after = await read();
  const each = (totals: [string, number][]): [string, number][] =>
    totals.map(([key, total]) => [key, total / count]);
  return {
    requests: each(difference(before.requests, after.requests).filter(concernsVms)),
    events: each(difference(before.events, after.events)),
  };
}

/** Memory of every process of monovirt and its VMs while `count` paused VMIs run. */
async function memoryWith(
  cluster: TestCluster,
  count: number,
  subject = pausedVmi(cluster),
): Promise<ProcessMemory[]> {
  const names = Array.from({ length: count }, (_, index) => `memory-${index}`);
  const { resource, object } = subject;
  await Promise.all(names.map((name) => cluster.session.client.create(resource, object(name))));
  await Promise.all(names.map((name) => cluster.untilPhase(name, ['Running'])));
  // Roles give back half a minute after a start what starting needed; what lasts is what counts.
  await delay(settleMs);
  const { nodes } = await localCluster();
  const found = await Promise.all(
    nodes.map(async (node) => {
      const pids = await pidsOn(node, 'monovirt|libvirtd|qemu-system|/hold ');
      return parseSmaps(await nodeRun(node, smapsScript(pids)));
    }),
  );
  await cluster.kubectl('delete', 'vmi', '--all', '--wait=true', '--timeout=120s');
  return found.flat();
}

async function run(): Promise<Figures> {
  await using cluster = await testCluster('bench');
  const image = await launcherImage(cluster);
  return {
    machine: await describeMachine(),
    repeats,
    one: {
      pod: await repeated('one bare pod', cluster, barePod(cluster, image), 1),
      paused: await repeated('one VMI, paused', cluster, pausedVmi(cluster), 1),
      booting: await repeated('one VMI, booting', cluster, bootingVmi(cluster), 1),
      disks: await repeated('one VMI with two disks', cluster, diskVmi(cluster), 1),
    },
    ten: {
      pod: await repeated('ten bare pods', cluster, barePod(cluster, image), many),
      paused: await repeated('ten VMIs, paused', cluster, pausedVmi(cluster), many),
      disks: await repeated('ten VMIs with two disks', cluster, diskVmi(cluster), many),
    },
    ...(await requestsPerVmi(cluster, many)),
    memory: {
      one: await memoryWith(cluster, 1),
      ten: await memoryWith(cluster, many),
      disks: await memoryWith(cluster, many, diskVmi(cluster)),
    },
  };
}

const text = report(await run());
console.log(text);
await writeFile(target, replaceFigures(await readFile(target, 'utf8'), text));
