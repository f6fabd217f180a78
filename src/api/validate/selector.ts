/** The rule on label selectors that every kind with one shares. */
import { selectorProblem } from '../label-selector.ts';
import type { LabelSelector } from '../label-selector.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';

export function validateSelector(selector: LabelSelector, path: string): Cause[] {
  const problem = selectorProblem(selector);
  return problem === undefined ? [] : [invalid(path, `${path}.${problem.path}: ${problem.message}`)];
}

/** Labels of a template; what is no text is another rule's business. */
export function labelsIn(metadata: unknown): Record<string, string> {
  const labels: unknown = (metadata as { labels?: unknown } | null | undefined)?.labels;
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
