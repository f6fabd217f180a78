/** What may cross the bridges of a pod, where its kernel can filter there. Pure. */

/** Rules of nftables' bridge family. */
export interface Fence {
  /** On what goes from port to port. */
  forward: string[];
  /** On what the pod itself sends. */
  output: string[];
}

/** One ruleset of all; empty when there is nothing to keep apart. */
export function fence(...fences: readonly Fence[]): string {
  const chains = (['forward', 'output'] as const).flatMap((hook) => {
    const rules = fences.flatMap((part) => part[hook]);
    return rules.length === 0 ? [] : chain(hook, rules);
  });
  if (chains.length === 0) return '';
  const table = 'table bridge monovirt';
  return [table, `delete ${table}`, `${table} {`, ...chains, '}', ''].join('\n');
}

const chain = (hook: string, rules: readonly string[]): string[] => [
  `  chain ${hook} {`,
  `    type filter hook ${hook} priority filter; policy accept;`,
  ...rules.map((rule) => `    ${rule}`),
  '  }',
];
