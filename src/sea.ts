/**
 * Main script of the single executable. Each entry point is an asset that is compiled only when it is chosen,
 * so that a launcher carries no code of the controller in its memory.
 */
import { createRequire } from 'node:module';
import { getAsset } from 'node:sea';
import { Script } from 'node:vm';
import { chooseEntry, type EntryName, type EntryPoint } from './entry.ts';
import { messageOf } from './support/errors.ts';
import { installSignals } from './support/signals.ts';

type CommonJsModule = (
  exports: object,
  require: (name: string) => unknown,
  module: { exports: object },
) => void;

const builtins = createRequire('/usr/bin/monovirt');

/** What bundles may still require: Node's own modules, and koffi, whose native addon no bundle can hold. */
function requireForBundle(name: string): unknown {
  return name === 'koffi' ? loadKoffiAddon() : builtins(name);
}

function loadKoffiAddon(): unknown {
  const module = { exports: {} };
  process.dlopen(module, process.env['MONOVIRT_KOFFI'] ?? '/usr/lib/monovirt/koffi.node');
  return module.exports;
}

/** Runs an entry point's bundle as the CommonJS module that it is. */
function load(entry: EntryName): EntryPoint {
  const source = `(function (exports, require, module) {${getAsset(entry, 'utf8')}\n})`;
  const compile = new Script(source, { filename: `monovirt:${entry}` }).runInThisContext() as CommonJsModule;
  const module = { exports: {} };
  compile(module.exports, requireForBundle, module);
  return module.exports as EntryPoint;
}

async function main(): Promise<void> {
  try {
    // The executable is the interpreter: argv[1] repeats its resolved path, argv0 is the name it was called by.
    process.argv[1] = process.argv0;
    const { entry, rest } = chooseEntry(process.argv.slice(2));
    process.exitCode = await load(entry).run(rest, installSignals());
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    // What else the role has begun must not go on without the part that failed.
    // eslint-disable-next-line unicorn/no-process-exit -- an error thrown here would say the same twice.
    process.exit(1);
  }
}

void main();
