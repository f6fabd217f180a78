/** The stops between a VM and its domain, and what each says. Pure. */
import { labels } from '../../api/constants.ts';
import type { Facts, Look, Station } from './facts.ts';
import { isReady, station } from './facts.ts';
import { podStation } from './pod-station.ts';
import { agentStation, domainStation } from './running-stations.ts';
import { instanceStation, machineStation } from './vm-stations.ts';

const unreadable: Look = (facts) =>
  facts.unreadable.has('KubeVirt')
    ? { state: 'unknown', text: 'you may not read KubeVirt objects' }
    : undefined;

const nothingInstalled: Look = ({ kubeVirt }) =>
  kubeVirt === undefined
    ? {
        state: 'problem',
        text: 'there is no KubeVirt object, so nothing manages virtual machines',
        remedy: 'create one, as in config/samples',
      }
    : undefined;

const nobodyControls: Look = (facts) => {
  if (facts.unreadable.has('agents') || facts.controllers.some(isReady)) return undefined;
  return {
    state: 'problem',
    text: 'no controller is ready',
    remedy: `look at "kubectl get pods -A -l ${labels.component}=virt-controller"`,
  };
};

const installed: Look = ({ kubeVirt, controllers }) => ({
  state: 'ok',
  text: `${kubeVirt?.status?.phase ?? 'not yet deployed'}, ${controllers.filter(isReady).length} of ${controllers.length} controllers ready`,
});

const stations: readonly ((facts: Facts) => Station)[] = [
  station('installation', unreadable, nothingInstalled, nobodyControls, installed),
  machineStation,
  instanceStation,
  podStation,
  agentStation,
  domainStation,
];

/** Every station up to the first that does not let it go on. */
export function walk(facts: Facts): Station[] {
  const passed: Station[] = [];
  for (const look of stations) {
    const found = look(facts);
    passed.push(found);
    if (found.state !== 'ok' && found.state !== 'unknown') break;
  }
  return passed;
}

/** How many stations there are. */
export const stationCount = stations.length;
