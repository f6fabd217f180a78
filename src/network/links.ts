/** What the node agent finds on a pod's interfaces and the launcher hands on to its guest. Pure. */
import * as v from 'valibot';
import type { Interface, Vmi } from '../api/types.ts';

const ipv4 = v.pipe(v.string(), v.ipv4());
const prefixLength = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32));

const routeSchema = v.object({
  /** Network in CIDR form; `0.0.0.0/0` for the default. */
  destination: v.pipe(v.string(), v.regex(/^[\d.]{7,15}\/\d{1,2}$/)),
  /** `0.0.0.0` for what is on the link itself. */
  gateway: ipv4,
});

/** The pod's own IPv4 address on an interface. */
const addressSchema = v.object({ address: ipv4, prefixLength, routes: v.array(routeSchema) });

/** One interface of the pod, as its network plugin made it. */
export const podLinkSchema = v.object({
  /** Of the interface in the VMI's spec. */
  name: v.string(),
  mac: v.string(),
  /** Left out when the network plugin gave none. */
  address: v.exactOptional(addressSchema),
  /** The pod's own IPv6 address that others can reach; left out when there is none. */
  ipv6Address: v.exactOptional(v.pipe(v.string(), v.ipv6())),
});

export type PodRoute = v.InferOutput<typeof routeSchema>;
export type PodAddress = v.InferOutput<typeof addressSchema>;
export type PodLink = v.InferOutput<typeof podLinkSchema>;

/**
 * The VMI in which every interface in its pod's place names a MAC: the one of its spec, or else the pod's, under which
 * the network knows the guest.
 */
export function withPodMacs(vmi: Vmi, links: readonly PodLink[]): Vmi {
  const { domain } = vmi.spec;
  const interfaces = domain.devices.interfaces?.map((iface) => {
    const link = links.find(({ name }) => name === iface.name);
    if (!takesPodsPlace(iface) || iface.macAddress || link === undefined) return iface;
    return { ...iface, macAddress: link.mac };
  });
  if (interfaces === undefined) return vmi;
  const devices = { ...domain.devices, interfaces };
  return { ...vmi, spec: { ...vmi.spec, domain: { ...domain, devices } } };
}

const takesPodsPlace = ({ bridge, binding }: Interface): boolean =>
  bridge !== undefined || binding !== undefined;
