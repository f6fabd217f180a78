/** The answer to each frame of a guest, and what it is told unasked. Pure. */
import { bridgeLinkLocal } from '../../network/router.ts';
import { isRouterSolicitation, routerAdvertisementFor } from './advertisement.ts';
import { answerDhcpv6, clientPort, serverPort } from './dhcpv6.ts';
import {
  decodeDatagram,
  decodeFrame,
  encodeDatagram,
  encodeFrame,
  ethernetHeader,
  icmpv6,
  isIpv6,
  targetMacOf,
  udp,
} from './frame.ts';
import type { Frame } from './frame.ts';
import type { Ipv6Lease } from './lease.ts';

/** Of the launcher's own tap. The router's is the bridge's, and says so in its advertisements. */
const ownMac = '02:00:00:00:00:02';
const unspecified = '::';
const everybody = { mac: '33:33:00:00:00:01', address: 'ff02::1' };
/** Neighbours discard what may have come through a router. */
const neverForwarded = 255;

/** Routers, and servers of DHCPv6. */
const addressees: ReadonlySet<string> = new Set([ownMac, '33:33:00:00:00:02', '33:33:00:01:00:02']);

/** Whether a frame may be a question to us, as far as its Ethernet header tells. */
export function isAddressedToUs(bytes: Buffer): boolean {
  return isIpv6(bytes) && addressees.has(targetMacOf(bytes));
}

/** Answers a frame of this lease's guest; undefined when nothing is to be said. */
export function answerFrame(lease: Ipv6Lease, bytes: Buffer): Buffer | undefined {
  const frame = decodeFrame(bytes);
  if (frame === undefined || frame.sourceMac !== lease.mac) return undefined;
  const answer = frame.protocol === icmpv6 ? answerSolicitation : answerDatagram;
  return withinMtu(lease, (fitting) => answer(fitting, frame));
}

/** What `build` makes, with as many of the search domains as the network has room for: the last go first. */
function withinMtu<Made extends Buffer | undefined>(
  lease: Ipv6Lease,
  build: (lease: Ipv6Lease) => Made,
): Made {
  let made = build(lease);
  for (let kept = lease.search.length - 1; kept >= 0 && isTooLong(lease, made); kept -= 1) {
    made = build({ ...lease, search: lease.search.slice(0, kept) });
  }
  return made;
}

const isTooLong = ({ mtu }: Ipv6Lease, made: Buffer | undefined): boolean =>
  made !== undefined && made.length - ethernetHeader > mtu;

function answerSolicitation(lease: Ipv6Lease, frame: Frame): Buffer | undefined {
  if (frame.hopLimit !== neverForwarded || !isRouterSolicitation(frame.payload)) return undefined;
  return advertisementTo(
    lease,
    frame.source === unspecified ? everybody : { mac: frame.sourceMac, address: frame.source },
  );
}

/** Tells the guest of its router unasked. */
export const advertisement = (lease: Ipv6Lease): Buffer =>
  withinMtu(lease, (fitting) => advertisementTo(fitting, everybody));

const advertisementTo = (lease: Ipv6Lease, to: { mac: string; address: string }): Buffer =>
  encodeFrame({
    sourceMac: ownMac,
    targetMac: to.mac,
    source: bridgeLinkLocal,
    target: to.address,
    hopLimit: neverForwarded,
    protocol: icmpv6,
    payload: routerAdvertisementFor(lease),
  });

function answerDatagram(lease: Ipv6Lease, { source, sourceMac, payload }: Frame): Buffer | undefined {
  const datagram = decodeDatagram(payload);
  if (datagram?.targetPort !== serverPort || !source.startsWith('fe80:')) return undefined;
  const data = answerDhcpv6(lease, datagram.data);
  if (data === undefined) return undefined;
  return encodeFrame({
    sourceMac: ownMac,
    targetMac: sourceMac,
    source: bridgeLinkLocal,
    target: source,
    hopLimit: 64,
    protocol: udp,
    payload: encodeDatagram({ sourcePort: serverPort, targetPort: clientPort, data }),
  });
}
