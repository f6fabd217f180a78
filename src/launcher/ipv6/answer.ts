/** The answer to each frame of a guest, and what it is told unasked. Pure. */
import { bridgeLinkLocal } from '../../network/router.ts';
import { isRouterSolicitation, routerAdvertisementFor } from './advertisement.ts';
import { answerDhcpv6, clientPort, serverPort } from './dhcpv6.ts';
import { decodeDatagram, decodeFrame, encodeDatagram, encodeFrame, icmpv6, udp } from './frame.ts';
import type { Frame } from './frame.ts';
import type { Ipv6Lease } from './lease.ts';

/** Of the launcher's own tap. The router's is the bridge's, and says so in its advertisements. */
const ownMac = '02:00:00:00:00:02';
const unspecified = '::';
const everybody = { mac: '33:33:00:00:00:01', address: 'ff02::1' };
/** Neighbours discard what may have come through a router. */
const neverForwarded = 255;

/** Answers a frame of this lease's guest; undefined when nothing is to be said. */
export function answerFrame(lease: Ipv6Lease, bytes: Buffer): Buffer | undefined {
  const frame = decodeFrame(bytes);
  if (frame === undefined || frame.sourceMac !== lease.mac) return undefined;
  return frame.protocol === icmpv6 ? answerSolicitation(lease, frame) : answerDatagram(lease, frame);
}

function answerSolicitation(lease: Ipv6Lease, frame: Frame): Buffer | undefined {
  if (frame.hopLimit !== neverForwarded || !isRouterSolicitation(frame.payload)) return undefined;
  return advertisementTo(
    lease,
    frame.source === unspecified ? everybody : { mac: frame.sourceMac, address: frame.source },
  );
}

/** Tells the guest of its router unasked. */
export const advertisement = (lease: Ipv6Lease): Buffer => advertisementTo(lease, everybody);

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
