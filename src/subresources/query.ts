/** Query parameters of requests. Pure. */

const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** Whether a switch is on, in any of the ways that Go's clients write it. */
export const isOn = (query: URLSearchParams, name: string): boolean => truths.has(query.get(name) ?? '');
