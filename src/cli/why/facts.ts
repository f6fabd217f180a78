/** What `why` looks at: everything between a VM and its domain, as the user may read it. */
import type { Condition, KubeObject, KubeVirt, Node, Pod, Vm, Vmi } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';

export interface EventObject extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  involvedObject: { kind?: string; name?: string; uid?: string };
}

export interface Facts {
  namespace: string;
  name: string;
  vm: Vm | undefined;
  vmi: Vmi | undefined;
  /** The instance's launcher pods, youngest first. */
  pods: readonly Pod[];
  node: Node | undefined;
  /** The node agent's pod on that node. */
  agent: Pod | undefined;
  kubeVirt: KubeVirt | undefined;
  controllers: readonly Pod[];
  /** Of VM, instance and pod, latest first. */
  events: readonly EventObject[];
  /** Kinds that the user may not read; what they would say is unknown. */
  unreadable: ReadonlySet<string>;
}

/** One stop on the way from VM to domain. */
export interface Station {
  name: string;
  /** `wish`: nobody wants it to go on from here. `wait`: it goes on by itself. `problem`: somebody has to act. */
  state: 'ok' | 'wish' | 'wait' | 'problem' | 'unknown';
  text: string;
  remedy?: string;
}

export const conditionIn = (object: Vm | Vmi | Node | Pod | undefined, type: string): Condition | undefined =>
  conditionOf((object?.status as { conditions?: Condition[] } | undefined)?.conditions, type);

export const isReady = (object: Node | Pod): boolean => conditionIn(object, 'Ready')?.status === 'True';

/** The latest warning about an object. */
export const warningOf = ({ events }: Facts, uid: string | undefined): EventObject | undefined =>
  events.find(({ type, involvedObject }) => type === 'Warning' && involvedObject.uid === uid);

/** One thing that a station looks for; undefined when it has nothing to say. */
export type Look = (facts: Facts) => Omit<Station, 'name'> | undefined;

/** A station that says what the first of its looks says. The last one has to say something. */
export const station =
  (name: string, ...looks: readonly Look[]): ((facts: Facts) => Station) =>
  (facts) => {
    for (const look of looks) {
      const found = look(facts);
      if (found !== undefined) return { name, ...found };
    }
    return { name, state: 'unknown', text: 'nothing is known' };
  };

/** What a condition says, for people. */
export function said(condition: Condition | undefined, otherwise = 'no cause is given'): string {
  const parts = [condition?.reason, condition?.message].filter((part) => part !== undefined && part !== '');
  return parts.join(': ') || otherwise;
}
