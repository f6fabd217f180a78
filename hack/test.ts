/**
 * `make test`: every check and test, in the order of what they cost, on a machine that may be bare. Stops at
 * the first phase that fails, says which, and removes the cluster all the same.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface Phase {
  name: string;
  /** Runs even after a phase has failed. */
  always?: boolean;
  command: readonly string[];
  /** Added to ours. */
  environment?: Readonly<Record<string, string>>;
}

const node = (...args: string[]): readonly string[] => [process.execPath, ...args];
const make = (target: string): readonly string[] => ['make', '--no-print-directory', target];

const phases: readonly Phase[] = [
  { name: 'what the tests need of the machine', command: node('hack/prepare.ts') },
  { name: 'type check, lint, format, generated files', command: make('check') },
  { name: 'unit tests', command: make('test-unit') },
  { name: 'tests against a real apiserver', command: make('test-api') },
  { name: 'make up', command: node('src/main.ts', 'up') },
  { name: 'make up once more', command: node('src/main.ts', 'up') },
  { name: 'manifests changed at random', command: make('fuzz'), environment: { FUZZ_COUNT: '4000' } },
  { name: 'end to end', command: make('test-e2e') },
  { name: 'make down leaves nothing', command: node('src/main.ts', 'down'), always: true },
];

/** @returns whether the command ended well. */
async function passes(phase: Phase): Promise<boolean> {
  const [program = '', ...args] = phase.command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...phase.environment },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

const started = Date.now();
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`;
const failed: string[] = [];
for (const phase of phases) {
  if (failed.length > 0 && phase.always !== true) continue;
  const start = Date.now();
  console.log(`\n=== ${phase.name}`);
  const passed = await passes(phase);
  if (!passed) failed.push(phase.name);
  console.log(`=== ${phase.name}: ${passed ? 'passed' : 'FAILED'} after ${seconds(start)}`);
}
console.log(
  `\n=== ${failed.length === 0 ? 'all passed' : `FAILED: ${failed.join(', ')}`} in ${seconds(started)}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
