/**
 * `make fuzz`: manifests changed at random, through the real webhooks. FUZZ_COUNT objects (100,000), FUZZ_SEED to
 * repeat a run, FUZZ_PODS pods at most for the API server (5,000), FUZZ_WRITE=1 to put the figures into
 * docs/performance.md. Fails when an answer is not as it must be.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mebibytes } from '../bench/stats.ts';
import { definitions } from '../../src/api/gen/definitions.ts';
import { kindsUnderReview, seeds } from './corpus.ts';
import { createHookClient } from './hook-client.ts';
import { createSchemaCheck } from './libvirt-schema.ts';
import { mutated } from './mutate.ts';
import { judge } from './oracle.ts';
import { startPodCheck } from './pod-check.ts';
import { pruned } from './prune.ts';
import { createRandom } from './random.ts';
import { fuzzReport, replaceFuzzFigures } from './report.ts';
import type { Memory } from './report.ts';
import { placesOf } from './schema-paths.ts';
import type { Ask, Said } from './server.ts';

const count = Number(process.env['FUZZ_COUNT'] ?? '100000');
const seed = Number(process.env['FUZZ_SEED'] ?? '20261123');
const mostPods = Number(process.env['FUZZ_PODS'] ?? '5000');
const page = join(import.meta.dirname, '../../docs/performance.md');
/** What the heap may differ by between two collections without anything being kept: caches of compiled code. */
const growthBytes = 6 * 1024 * 1024;
const parallel = 8;
const shownFindings = 10;

interface Target {
  kind: string;
  seeds: readonly object[];
  places: ReturnType<typeof placesOf>;
}

/** VMs and their instances are most of what people write, and have most fields. */
function targets(): Target[] {
  const all = seeds();
  return [...kindsUnderReview().keys()].flatMap((kind) => {
    const own = all.get(kind) ?? [];
    if (own.length === 0 || definitions[kind] === undefined) return [];
    const target = { kind, seeds: own, places: placesOf(definitions, kind) };
    return kind === 'VirtualMachine' || kind === 'VirtualMachineInstance'
      ? Array.from({ length: 5 }, () => target)
      : [target];
  });
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'monovirt-fuzz-'));
  const server = fork(join(import.meta.dirname, 'server.ts'), { execArgv: ['--expose-gc'] });
  const pods = await startPodCheck(mostPods);
  try {
    await fuzz(server, pods, folder);
  } finally {
    server.send('stop' satisfies Ask);
    await pods.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fuzz(
  server: ReturnType<typeof fork>,
  pods: Awaited<ReturnType<typeof startPodCheck>>,
  folder: string,
): Promise<void> {
  const [hello] = (await once(server, 'message')) as [Extract<Said, { port: number }>];
  const client = createHookClient(hello.port, hello.ca);
  const schema = await createSchemaCheck(folder);
  const kinds = targets();
  const underReview = kindsUnderReview();
  const pathsOf = (kind: string) => underReview.get(kind) ?? { mutating: [], validating: [] };
  const findings: string[] = [];
  const milliseconds: number[] = [];
  const memory: Memory[] = [];
  const accepted = new Map<string, { accepted: number; all: number }>();

  async function one(index: number): Promise<void> {
    // Of its own, so that one object can be made again without those before it.
    const random = createRandom(seed ^ Math.imul(index + 1, 0x9e3779b1));
    const target = random.pick(kinds);
    const changed = mutated(random.pick(target.seeds), target.places, target.seeds, random);
    const object = pruned(definitions, target.kind, changed);
    const what = `seed ${seed}, object ${index}: ${JSON.stringify(object)}`;
    const outcome = await judge(client, pathsOf, object);
    const tally = accepted.get(target.kind) ?? { accepted: 0, all: 0 };
    accepted.set(target.kind, {
      accepted: tally.accepted + (outcome.accepted ? 1 : 0),
      all: tally.all + 1,
    });
    if (outcome.finding !== undefined) findings.push(`${outcome.finding}\n${what}`);
    if (outcome.product === undefined) return;
    await schema.add(outcome.product.xml, what);
    const refusal = await pods.ask(outcome.product.pod);
    if (refusal !== undefined) findings.push(`the API server refuses the pod: ${refusal}\n${what}`);
  }

  async function look(done: number): Promise<void> {
    server.send('measure' satisfies Ask);
    const [said] = (await once(server, 'message')) as [Extract<Said, { heapBytes: number }>];
    for (const each of said.milliseconds) milliseconds.push(each);
    memory.push({ done, heapBytes: said.heapBytes, rssBytes: said.rssBytes });
    console.log(
      `${done} objects, heap ${mebibytes(said.heapBytes)}, RSS ${mebibytes(said.rssBytes)}, findings ${findings.length}`,
    );
  }

  const step = Math.max(1, Math.ceil(count / 10));
  for (let done = 0; done < count;) {
    const until = Math.min(count, done + step);
    let next = done;
    const worker = async (): Promise<void> => {
      while (next < until) {
        const index = next;
        next += 1;
        await one(index);
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    done = until;
    await look(done);
  }
  client.close();
  findings.push(...(await schema.finish()), ...growth(memory));
  const report = fuzzReport({
    count,
    seed,
    milliseconds,
    memory,
    accepted,
    domains: schema.distinct,
    pods: pods.asked,
  });
  console.log(report);
  if (findings.length > 0) {
    for (const finding of findings.slice(0, shownFindings)) console.error(`\n✖ ${finding.slice(0, 6000)}`);
    console.error(`\n${findings.length} findings`);
    process.exitCode = 1;
    return;
  }
  if (process.env['FUZZ_WRITE'] === '1') {
    await writeFile(page, replaceFuzzFigures(await readFile(page, 'utf8'), report));
  }
}

/** From the third look on everything is warm; what still grows is a leak. */
function growth(memory: readonly Memory[]): string[] {
  const [from, to] = [memory[2], memory.at(-1)];
  if (from === undefined || to === undefined || to.heapBytes - from.heapBytes <= growthBytes) return [];
  return [`the heap grew from ${mebibytes(from.heapBytes)} to ${mebibytes(to.heapBytes)}`];
}

await main();
