/** The leases of a VMI's interfaces, from its spec and from the pod around it. */
import { readFile } from 'node:fs/promises';
import type { Vmi } from '../../api/types.ts';
import type { PodAddress, PodLink } from '../../network/links.ts';
import { networkPlan } from '../../network/plan.ts';
import type { BridgePlan, InterfacePlan, MasqueradePlan } from '../../network/plan.ts';
import { hostnameOf } from '../../pod/names.ts';
import type { Lease } from './lease.ts';
import { parseResolvConf } from './resolv-conf.ts';

const ethernetMtu = 1500;

/** Where the pod's facts are; a test brings its own files. */
export interface PodFiles {
  resolvConf: string;
  /** `/sys/class/net`. */
  netDir: string;
}

export const podFiles: PodFiles = { resolvConf: '/etc/resolv.conf', netDir: '/sys/class/net' };

/**
 * One lease for each interface that has one: all but bridges to networks that give no addresses, and guests of
 * pods that have IPv6 alone. What cannot
 * be read gets its common value.
 * @param links what the agent has found on the pod's interfaces.
 */
export async function leasesOf(
  vmi: Vmi,
  links: readonly PodLink[],
  files: PodFiles = podFiles,
): Promise<Lease[]> {
  const resolver = parseResolvConf(await readFile(files.resolvConf, 'utf8').catch(() => ''));
  const interfaces = vmi.spec.domain.devices.interfaces ?? [];
  const served = networkPlan(vmi).flatMap((plan) => {
    const place = placeOf(plan, links);
    return place === undefined ? [] : [{ plan, place }];
  });
  return Promise.all(
    served.map(async ({ plan, place }): Promise<Lease> => {
      const custom = interfaces.find(({ name }) => name === plan.name)?.dhcpOptions;
      return {
        name: plan.name,
        mac: plan.mac,
        ...place,
        resolver,
        hostname: hostnameOf(vmi),
        mtu: await mtuOf(files.netDir, plan.bridge),
        ...(vmi.spec.subdomain === undefined ? {} : { subdomain: vmi.spec.subdomain }),
        ...(custom === undefined ? {} : { custom }),
      };
    }),
  );
}

type Place = Pick<
  Lease,
  'guestAddress' | 'prefixLength' | 'serverAddress' | 'router' | 'routes' | 'broadcastOnly'
>;

function placeOf(plan: InterfacePlan, links: readonly PodLink[]): Place | undefined {
  const link = links.find(({ name }) => name === plan.name);
  if (plan.binding === 'masquerade') return hasIpv4(link) ? ownNetwork(plan) : undefined;
  // Others are served by passt or a plug-in.
  if (plan.binding !== 'bridge' || !plan.dhcp) return undefined;
  const address = link?.address;
  return address === undefined ? undefined : placeOfPod(plan, address);
}

/** A pod without any address is taken for one that has IPv4, as the node agent does. */
const hasIpv4 = (link: PodLink | undefined): boolean =>
  link?.address !== undefined || link?.ipv6Address === undefined;

const ownNetwork = ({ guestAddress, prefixLength, gatewayAddress }: MasqueradePlan): Place => ({
  guestAddress,
  prefixLength,
  serverAddress: gatewayAddress,
  router: gatewayAddress,
});

function placeOfPod({ serverAddress }: BridgePlan, { address, prefixLength, routes }: PodAddress): Place {
  const router = routes.find(({ destination }) => destination === '0.0.0.0/0')?.gateway;
  // The subnet's own route comes with the mask; a router that lies outside of it needs the rest.
  const further = routes.filter(
    ({ destination, gateway }) =>
      destination !== '0.0.0.0/0' && !(gateway === '0.0.0.0' && isOwn(destination)),
  );
  return {
    guestAddress: address,
    prefixLength,
    serverAddress,
    broadcastOnly: true,
    ...(router !== undefined && { router }),
    ...(further.length > 0 && {
      routes: [...further, ...routes.filter((route) => !further.includes(route))],
    }),
  };

  function isOwn(destination: string): boolean {
    return destination.endsWith(`/${prefixLength}`) && prefixLength < 32;
  }
}

/** Of a bridge, in bytes. */
export async function mtuOf(netDir: string, bridge: string): Promise<number> {
  const text = await readFile(`${netDir}/${bridge}/mtu`, 'utf8').catch(() => '');
  const mtu = Number.parseInt(text, 10);
  return mtu >= 576 && mtu <= 65_535 ? mtu : ethernetMtu;
}
