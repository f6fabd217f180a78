/** Builds interface plans for tests. */
import type { BridgePlan, MasqueradePlan, PasstPlan, TapPlan } from '../../../network/plan.ts';

export const plan = (change: Partial<MasqueradePlan> = {}): MasqueradePlan => ({
  name: 'default',
  binding: 'masquerade',
  model: 'virtio',
  mac: '02:11:22:33:44:55',
  queues: 1,
  tap: 'tap0',
  bridge: 'k6t-eth0',
  podInterface: 'eth0',
  nic: 'eth0-nic',
  guestAddress: '10.0.2.2',
  gatewayAddress: '10.0.2.1',
  prefixLength: 24,
  ipv6: { guestAddress: 'fd10:0:2::2', gatewayAddress: 'fd10:0:2::1', prefixLength: 120, tap: 'nd0' },
  ports: [],
  ...change,
});

export const bridgePlan = (change: Partial<BridgePlan> = {}): BridgePlan => ({
  name: 'default',
  binding: 'bridge',
  model: 'virtio',
  mac: '02:11:22:33:44:55',
  queues: 1,
  tap: 'tap0',
  bridge: 'k6t-eth0',
  podInterface: 'eth0',
  nic: 'eth0-nic',
  nicMac: '02:aa:bb:cc:dd:ee',
  serverAddress: '169.254.75.10',
  dhcp: true,
  ...change,
});

export const passtPlan = (change: Partial<PasstPlan> = {}): PasstPlan => ({
  name: 'default',
  binding: 'passt',
  model: 'virtio',
  mac: '02:11:22:33:44:55',
  queues: 1,
  tap: 'tap0',
  bridge: 'k6t-eth0',
  podInterface: 'eth0',
  nic: 'eth0-nic',
  ports: [],
  ...change,
});

export const tapPlan = (change: Partial<TapPlan> = {}): TapPlan => ({
  name: 'default',
  binding: 'tap',
  model: 'virtio',
  mac: '02:11:22:33:44:55',
  queues: 1,
  tap: 'tap0',
  bridge: 'k6t-eth0',
  podInterface: 'eth0',
  nic: 'eth0-nic',
  ...change,
});
