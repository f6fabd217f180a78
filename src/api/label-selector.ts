/** Label selectors as Kubernetes reads and writes them. Pure. */
import { isLabelKey, isLabelValue } from './validate/labels.ts';

interface Requirement {
  key: string;
  operator: string;
  values?: readonly string[];
}

export interface LabelSelector {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly Requirement[];
}

export type Labels = Readonly<Record<string, string>>;

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** What is wrong with a selector, and where below it; undefined when it can be used. */
export function selectorProblem(selector: LabelSelector): { path: string; message: string } | undefined {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const message = keyProblem(key) ?? valueProblem(value);
    if (message !== undefined) return { path: 'matchLabels', message };
  }
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries()) {
    const message = requirementProblem(requirement);
    if (message !== undefined) return { path: `matchExpressions[${index}]`, message };
  }
  return undefined;
}

function requirementProblem({ key, operator, values = [] }: Requirement): string | undefined {
  if (!operators.includes(operator)) {
    return `'${operator}' is not a valid label selector operator; use one of: ${operators.join(', ')}`;
  }
  const listed = operator === 'In' || operator === 'NotIn';
  if (listed && values.length === 0) return `operator ${operator} needs values; list at least one`;
  if (!listed && values.length > 0) return `operator ${operator} takes no values; remove them`;
  return keyProblem(key) ?? values.map(valueProblem).find((problem) => problem !== undefined);
}

function keyProblem(key: string): string | undefined {
  if (isLabelKey(key)) return undefined;
  return `'${key}' is no label name; use letters, digits, '-', '_' and '.', with an optional prefix and '/'`;
}

function valueProblem(value: string): string | undefined {
  if (isLabelValue(value)) return undefined;
  return `'${value}' is no label value; use at most 63 letters, digits, '-', '_' and '.'`;
}

/** Whether labels are selected. An empty selector selects everything, none at all nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  return requirementsOf(selector).every((requirement) => meets(labels, requirement));
}

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly Requirement[] {
  const equal = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: '=', values: [value] }));
  return [...equal, ...matchExpressions];
}

function meets(labels: Labels, { key, operator, values = [] }: Requirement): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const listed = value !== undefined && values.includes(value);
  if (operator === 'NotIn') return !listed;
  if (operator === 'Exists') return value !== undefined;
  return operator === 'DoesNotExist' ? value === undefined : listed;
}

/** The selector as text, as in a `labelSelector` of the API; sorted by name, so that it is always the same. */
export function selectorText(selector: LabelSelector): string {
  return requirementsOf(selector)
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    .map(requirementText)
    .join(',');
}

function requirementText({ key, operator, values = [] }: Requirement): string {
  const list = values.toSorted().join(',');
  const texts: Readonly<Record<string, string>> = {
    '=': `${key}=${list}`,
    In: `${key} in (${list})`,
    NotIn: `${key} notin (${list})`,
    DoesNotExist: `!${key}`,
  };
  return texts[operator] ?? key;
}
