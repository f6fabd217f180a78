/** What is in a pod's network namespace, as `ip -json` tells it. Pure. */
import * as v from 'valibot';
import type { PodAddress, PodLink, PodRoute } from '../../network/links.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import { MonovirtError } from '../../support/errors.ts';
import { tools } from './tools.ts';

/** A link that exists in the namespace. */
export interface Link {
  name: string;
  mtu: number;
  mac?: string;
  /** IPv4 that others can reach, with the routes out of this link. */
  address?: PodAddress;
  /** IPv6 that others can reach. */
  ipv6Address?: string;
}

/** Prints all that `parseLinks` reads, an array a line. */
export const listCommand = `${tools.ip} -json address show && echo && ${tools.ip} -json -4 route show`;

const addressList = v.array(
  v.object({
    ifname: v.string(),
    mtu: v.number(),
    address: v.optional(v.string()),
    addr_info: v.optional(
      v.array(
        v.object({
          family: v.optional(v.string()),
          local: v.optional(v.string()),
          prefixlen: v.optional(v.number()),
          scope: v.optional(v.string()),
        }),
      ),
      [],
    ),
  }),
);

const routeList = v.array(
  v.object({
    dst: v.string(),
    gateway: v.optional(v.string(), '0.0.0.0'),
    dev: v.optional(v.string()),
    type: v.optional(v.string(), 'unicast'),
  }),
);

/**
 * Reads the output of `listCommand`.
 * @throws MonovirtError `NetworkSetupFailed` when it is not what `ip` prints.
 */
export function parseLinks(text: string): Link[] {
  try {
    const [addresses, routes] = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
    const parsed = v.parse(routeList, routes ?? []).filter(({ type }) => type === 'unicast');
    return v.parse(addressList, addresses).map((link) => linkOf(link, parsed));
  } catch (error) {
    throw new MonovirtError('NetworkSetupFailed', 'cannot read the list of links in the pod', 'backoff', {
      cause: error,
    });
  }
}

function linkOf(
  { ifname, mtu, address: mac, addr_info }: v.InferOutput<typeof addressList>[number],
  routes: v.InferOutput<typeof routeList>,
): Link {
  const global = addr_info.filter(({ scope }) => scope === 'global');
  const own = global.find(({ family }) => family === 'inet');
  const ipv6Address = global.find(({ family }) => family === 'inet6')?.local;
  const link = {
    name: ifname,
    mtu,
    ...(mac !== undefined && { mac }),
    ...(ipv6Address !== undefined && { ipv6Address }),
  };
  if (own?.local === undefined || own.prefixlen === undefined) return link;
  const mine = routes.filter(({ dev }) => dev === ifname).map(routeOf);
  return { ...link, address: { address: own.local, prefixLength: own.prefixlen, routes: mine } };
}

function routeOf({ dst, gateway }: { dst: string; gateway: string }): PodRoute {
  if (dst === 'default') return { destination: '0.0.0.0/0', gateway };
  return { destination: dst.includes('/') ? dst : `${dst}/32`, gateway };
}

/** The link that a plan builds on. @throws MonovirtError `PodInterfaceMissing`. */
export function podLinkOf(plan: InterfacePlan, links: ReadonlyMap<string, Link>): Link {
  const link = links.get(plan.podInterface) ?? (plan.binding === 'tap' ? links.get(plan.tap) : undefined);
  if (link !== undefined) return link;
  const plugin = plan.podInterface === 'eth0' ? 'is its network plugin working?' : 'is Multus installed?';
  throw new MonovirtError(
    'PodInterfaceMissing',
    `the pod has no interface ${plan.podInterface} for interface ${plan.name}: ${plugin}`,
  );
}

/** What the launcher is told of each planned interface. */
export function podLinks(plans: readonly InterfacePlan[], links: readonly Link[]): PodLink[] {
  const existing = new Map(links.map((link) => [link.name, link]));
  return plans.map((plan) => {
    const { mac = '', address, ipv6Address } = podLinkOf(plan, existing);
    // A guest in its pod's place is told of IPv4 alone; see bridge.ts.
    const ipv6 = plan.binding === 'bridge' ? undefined : ipv6Address;
    return {
      name: plan.name,
      mac,
      ...(address !== undefined && { address }),
      ...(ipv6 !== undefined && { ipv6Address: ipv6 }),
    };
  });
}
