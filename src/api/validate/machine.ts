/** Rules on architecture and machine type. */
import { knownArchitectures, machinesOf } from '../architectures.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

export function architectureIsKnown({ spec, path }: SpecContext): Cause[] {
  const { architecture } = spec;
  if (!architecture || knownArchitectures.includes(architecture)) return [];
  return [
    invalid(
      `${path}.architecture`,
      `unsupported architecture: ${architecture}; use one of: ${knownArchitectures.join(', ')}`,
    ),
  ];
}

export function machineIsAllowed({ spec, path, config }: SpecContext): Cause[] {
  const type = spec.domain.machine?.type;
  const { allowed } = machinesOf(spec.architecture, config);
  if (!type || allowed.some((glob) => matches(glob, type))) return [];
  const field = `${path}.domain.machine.type`;
  return [invalid(field, `${field} is not supported: ${type} (allowed values: ${allowed.join(' ')})`)];
}

/** Matches with `*` for any text; linear, whatever the input. */
function matches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  const end = text.length - tail.length;
  let position = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}
