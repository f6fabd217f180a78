/** Builds interface plans for tests. */
import type { InterfacePlan } from '../../../network/plan.ts';

export const plan = (change: Partial<InterfacePlan> = {}): InterfacePlan => ({
  name: 'default',
  binding: 'masquerade',
  model: 'virtio',
  mac: '02:11:22:33:44:55',
  tap: 'tap0',
  bridge: 'k6t-eth0',
  podInterface: 'eth0',
  guestAddress: '10.0.2.2',
  gatewayAddress: '10.0.2.1',
  prefixLength: 24,
  ports: [],
  ...change,
});
