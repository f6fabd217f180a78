/** What the node, its agent and the domain say. Pure. */
import { labels } from '../../api/constants.ts';
import type { Facts, Look } from './facts.ts';
import { conditionIn, isReady, said, station, warningOf } from './facts.ts';

const nodeName = ({ vmi, pods }: Facts): string => vmi?.status?.nodeName ?? pods[0]?.spec?.nodeName ?? '';

const nodeIsGone: Look = (facts) => {
  if (facts.node !== undefined) return undefined;
  if (facts.unreadable.has('Node'))
    return { state: 'unknown', text: `you may not read node ${nodeName(facts)}` };
  return {
    state: 'problem',
    text: `node ${nodeName(facts)} is gone`,
    remedy: 'the instance ends, and its VM brings a new one',
  };
};

const nodeIsDown: Look = ({ node }) => {
  if (node === undefined || isReady(node)) return undefined;
  return {
    state: 'problem',
    text: `node ${node.metadata.name} is not ready: ${said(conditionIn(node, 'Ready'))}`,
    remedy: 'bring the node back, or remove it',
  };
};

const agentIsDown: Look = (facts) => {
  const { agent, unreadable } = facts;
  if (unreadable.has('agents') || (agent !== undefined && isReady(agent))) return undefined;
  return {
    state: 'problem',
    text: `no node agent is ready on ${nodeName(facts)}`,
    remedy: `look at "kubectl get pods -A -l ${labels.component}=virt-handler -o wide"`,
  };
};

export const agentStation = station('node', nodeIsGone, nodeIsDown, agentIsDown, (facts) => ({
  state: 'ok',
  text: `${nodeName(facts)} is ready, its agent too`,
}));

const isPaused: Look = ({ vmi }) => {
  const paused = conditionIn(vmi, 'Paused');
  if (paused?.status !== 'True') return undefined;
  if (paused.reason === undefined || paused.reason === 'PausedByUser') {
    return {
      state: 'wish',
      text: 'is paused by a user',
      remedy: `let it run on with "kubectl virt unpause vmi ${vmi?.metadata.name ?? ''}"`,
    };
  }
  return {
    state: 'problem',
    text: `is paused: ${said(paused)}`,
    remedy: 'mend what stopped it (storage that is full or gone stops a guest), then unpause it',
  };
};

const failsToSync: Look = ({ vmi }) => {
  const synchronized = conditionIn(vmi, 'Synchronized');
  return synchronized?.status === 'False' ? { state: 'problem', text: said(synchronized) } : undefined;
};

const starts: Look = (facts) => {
  if (facts.vmi?.status?.phase === 'Running') return undefined;
  const last = warningOf(facts, facts.vmi?.metadata.uid)?.message;
  const warned = last === undefined ? '' : `; last warning: ${last}`;
  return { state: 'wait', text: `is being defined and started${warned}` };
};

const isNotReady: Look = ({ vmi }) => {
  const ready = conditionIn(vmi, 'Ready');
  if (ready?.status === 'True') return undefined;
  return {
    state: 'problem',
    text: `runs, but the instance is not ready: ${said(ready)}`,
    remedy: 'look at its readiness probe and at its console: "kubectl virt console"',
  };
};

export const domainStation = station('domain', isPaused, failsToSync, starts, isNotReady, () => ({
  state: 'ok',
  text: 'runs, and the instance is ready',
}));
