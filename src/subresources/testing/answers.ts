/** Runs tables of requests and answers against the routes they are about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vmi } from '../../api/types.ts';
import { resourceName } from '../route-row.ts';
import type { Row } from '../route-row.ts';
import { apiPath, vmiOf, vmOf, world } from './world.ts';
import type { Given } from './world.ts';

/** One request and what it is answered. */
export interface Case extends Given {
  name: string;
  /** Below the object, or a whole path that begins with `/`. */
  path: string;
  /** What it is about; a VMI unless said otherwise. */
  of?: 'vm' | 'vmi';
  method: 'GET' | 'PUT';
  body?: unknown;
  want: [status: number, says?: RegExp];
}

export const put = { method: 'PUT' } as const;
export const get = { method: 'GET' } as const;
export const vm = vmOf();
export const running = vmiOf('Running');
export const paused = vmiOf('Running', ['Paused']);
export const scheduled = vmiOf('Scheduled');

/** A VMI with these devices. */
export const devices = (phase: string, of: Vmi['spec']['domain']['devices']): Vmi =>
  vmiOf(phase, [], { domain: { devices: of } });

/** The path of a case below the version. */
export const pathOf = ({ path, of = 'vmi' }: Pick<Case, 'path' | 'of'>): string =>
  path.startsWith('/')
    ? path.slice(1)
    : `namespaces/ns/${of === 'vm' ? 'virtualmachines' : 'virtualmachineinstances'}/vm/${path}`;

/** Tests each case, and that each route has one. */
export function testAnswers(routes: readonly Row[], cases: readonly Case[]): void {
  for (const given of cases) {
    test(given.name, async () => {
      const [status, says = /^/] = given.want;
      const answer = await world(given).ask(given.method, apiPath(pathOf(given)), given.body);
      const body = answer.body as { message?: string } | string | undefined;
      const text = typeof body === 'object' ? (body.message ?? JSON.stringify(body)) : (body ?? '');
      assert.equal(answer.status, status, text);
      assert.match(text, says);
    });
  }
  for (const route of routes) {
    const name = `${route.method} ${resourceName(route) ?? route.subresource}${route.below ?? ''}`;
    test(`${name} has a case`, () => assert.ok(cases.some((given) => isOf(route, given))));
  }
}

function isOf(route: Row, given: Case): boolean {
  const [resource = '', ...rest] = (resourceName(route) ?? route.subresource ?? '').split('/');
  const object = rest.length === 0 ? resource : `${resource}/vm/${rest.join('/')}`;
  const below = (route.below ?? '').replaceAll(/:\w+/g, '[^/]+');
  const path = pathOf(given).split('?')[0] ?? '';
  return route.method === given.method && new RegExp(`^(namespaces/ns/)?${object}${below}$`).test(path);
}
