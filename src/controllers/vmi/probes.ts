/** A guest's probes as the kubelet's. */
import type { Container, VmiSpec } from '../../api/types.ts';
import { layout } from '../../launcher/layout.ts';
import { protocolVersion } from '../../launcher/protocol.ts';
import type { Opening } from '../../launcher/protocol.ts';

type GuestProbe = NonNullable<VmiSpec['readinessProbe']>;
type PodProbe = Container['readinessProbe'];

/** A guest has this much longer than a container until its life is in question, as in KubeVirt, in seconds. */
const startDelaySeconds = 10;
/** What starting our helper and asking the launcher may take beside the guest's own time, in seconds. */
const helperSeconds = 1;

/** Probes over the network reach the guest through the pod's address; others ask its agent by the launcher. */
export function guestProbes(spec: VmiSpec): Pick<Container, 'readinessProbe' | 'livenessProbe'> {
  const { readinessProbe, livenessProbe } = spec;
  return {
    ...(readinessProbe === undefined ? {} : { readinessProbe: podProbe(readinessProbe) }),
    ...(livenessProbe === undefined ? {} : { livenessProbe: delayed(podProbe(livenessProbe)) }),
  };
}

/** Whether something is started in the pod to ask the guest. */
export const asksAgent = ({ readinessProbe, livenessProbe }: VmiSpec): boolean =>
  [readinessProbe, livenessProbe].some((probe) => probe?.exec ?? probe?.guestAgentPing);

function podProbe(probe: GuestProbe): NonNullable<PodProbe> {
  const { exec, guestAgentPing, ...kept } = probe;
  if (exec === undefined && guestAgentPing === undefined) return kept as NonNullable<PodProbe>;
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const question: Opening = {
    open: 'probe',
    version: protocolVersion,
    probe: { timeoutSeconds, ...(exec?.command === undefined ? {} : { command: exec.command }) },
  };
  const command = [layout.probeBinary, inert(JSON.stringify(question))];
  return {
    ...kept,
    exec: { command },
    timeoutSeconds: timeoutSeconds + helperSeconds,
  } as NonNullable<PodProbe>;
}

/** The kubelet reads `$(NAME)` in a probe's command as a variable of the container; the guest's are its own. */
const inert = (json: string): string => json.replaceAll('$', String.raw`\u0024`);

const delayed = (probe: NonNullable<PodProbe>): NonNullable<PodProbe> => ({
  ...probe,
  initialDelaySeconds: (probe.initialDelaySeconds ?? 0) + startDelaySeconds,
});
