/** A launcher's guest that boots the test kernel. */
import assert from 'node:assert/strict';
import type { Vmi, VmiSpec } from '../../api/types.ts';
import { TestAgent } from './client.ts';
import type { TestGuest } from './guest.ts';
import type { RealLauncher } from './real.ts';
import { testVmi } from './vmi.ts';

/** A VMI that boots `guest`; `change` is laid over its spec. */
export function bootableVmi(guest: TestGuest, change: Partial<VmiSpec> = {}): Vmi {
  return testVmi({
    ...change,
    domain: {
      devices: {},
      memory: { guest: '128Mi' },
      features: { acpi: {} },
      ...change.domain,
      firmware: {
        kernelBoot: {
          kernelArgs: 'console=ttyS0 quiet no_timer_check',
          container: { image: 'none', kernelPath: guest.kernel, initrdPath: guest.initrd },
        },
      },
    },
  });
}

/** Starts it as the node agent would. @returns the agent, connected. */
export async function bootGuest(
  launcher: RealLauncher,
  guest: TestGuest,
  change: Partial<VmiSpec> = {},
): Promise<TestAgent> {
  const agent = await TestAgent.connect(launcher.paths.socket);
  await launcher.offer('kernel-boot');
  const report = await agent.call('sync', {
    vmi: bootableVmi(guest, change),
    options: { networkReady: true },
  });
  assert.equal(report.failure, undefined);
  return agent;
}
