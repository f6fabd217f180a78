/** `status.interfaces` of a running guest. Pure. */
import type { Interface, Pod, Vmi, VmiStatus } from '../../api/types.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import { isOnSecondary, reportedAddresses } from '../../network/annotations.ts';
import { withAttachments } from '../../network/attachments.ts';
import { networkPlan } from '../../network/plan.ts';
import type { InterfacePlan } from '../../network/plan.ts';

/** In the order of the spec, so that the one on the pod network comes first where it does there. */
export function interfacesOf(
  vmi: Vmi,
  pod: Pod | undefined,
  report: DomainReport,
): NonNullable<VmiStatus['interfaces']> {
  return networkPlan(withAttachments(vmi, pod?.metadata.annotations)).flatMap((plan) => {
    const domain = report.interfaces.find(({ name }) => name === plan.name);
    if (domain === undefined) return [];
    const secondary = isOnSecondary(vmi.spec, plan.name);
    const ips = secondary
      ? reportedAddresses(pod?.metadata.annotations, plan.podInterface)
      : podAddresses(pod, plan);
    const [ipAddress] = ips;
    return [
      {
        name: plan.name,
        mac: domain.mac,
        infoSource: secondary ? 'domain, multus-status' : 'domain',
        podInterfaceName: plan.podInterface,
        queueCount: plan.queues,
        linkState: wantedOf(vmi, plan)?.state === 'down' ? 'down' : 'up',
        ...(ipAddress === undefined ? {} : { ipAddress, ipAddresses: ips }),
      },
    ];
  });
}

const wantedOf = (vmi: Vmi, { name }: InterfacePlan): Interface | undefined =>
  vmi.spec.domain.devices.interfaces?.find((iface) => iface.name === name);

/** passt gives its guest all of them; behind the others it is reached at the pod's IPv4 addresses, and at no other. */
const podAddresses = (pod: Pod | undefined, { binding }: InterfacePlan): string[] =>
  (pod?.status?.podIPs ?? []).flatMap(({ ip = '' }) => (binding === 'passt' || ip.includes('.') ? [ip] : []));
