/** Names of VMs on the command line, as virtctl takes them: `name`, `vm/name`, `vmi/name/namespace`. */
import { MonovirtError } from '../support/errors.ts';

export interface Target {
  kind: 'vm' | 'vmi';
  name: string;
  /** Absent when the command line names none. */
  namespace?: string;
  /** What stands before an `@`: the guest's user. */
  user?: string;
}

const kinds: Readonly<Record<string, Target['kind']>> = {
  vm: 'vm',
  vms: 'vm',
  virtualmachine: 'vm',
  virtualmachines: 'vm',
  vmi: 'vmi',
  vmis: 'vmi',
  virtualmachineinstance: 'vmi',
  virtualmachineinstances: 'vmi',
};

/** @throws MonovirtError InvalidTarget for a kind that is neither a VM nor a VMI, or a name that is empty. */
export function parseTarget(text: string): Target {
  const at = text.lastIndexOf('@');
  const user = at > 0 ? { user: text.slice(0, at) } : {};
  const parts = text.slice(at + 1).split('/');
  if (parts.length > 3 || parts.some((part) => part === '')) throw invalid(text);
  if (parts.length === 1) return { kind: 'vmi', name: parts[0] ?? '', ...user };
  const [kindName = '', name = '', namespace] = parts;
  return { kind: kindOf(kindName, text), name, ...(namespace === undefined ? {} : { namespace }), ...user };
}

/** `name`, or a kind and a name as two words. @throws MonovirtError InvalidTarget. */
export function targetOfWords(first: string, second: string | undefined): Target {
  return second === undefined
    ? parseTarget(first)
    : { kind: kindOf(first, `${first} ${second}`), name: second };
}

function kindOf(name: string, text: string): Target['kind'] {
  const kind = Object.hasOwn(kinds, name.toLowerCase()) ? kinds[name.toLowerCase()] : undefined;
  if (kind === undefined) throw invalid(text);
  return kind;
}

const invalid = (text: string): MonovirtError =>
  new MonovirtError(
    'InvalidTarget',
    `${JSON.stringify(text)} names no virtual machine: give NAME, vm/NAME, vmi/NAME or vmi/NAME/NAMESPACE`,
    'never',
  );
