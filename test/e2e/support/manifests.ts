/** Objects that tests start from: the smallest VM that boots our test guest. */
import { testImageName } from '../../../src/image/names.ts';

/**
 * Under emulation on a busy machine timer interrupts come late, which the kernel takes for broken hardware and panics
 * at: it is told not to look.
 */
export const guestKernelArgs = 'console=ttyS0 quiet no_timer_check';

interface VmOptions {
  name: string;
  runStrategy?: string;
  labels?: Record<string, string>;
  terminationGracePeriodSeconds?: number;
  startPaused?: boolean;
  /** For requests that bypass kubectl, which fills it in. */
  namespace?: string;
}

/** A guest that boots from kernel and initrd, with one masqueraded NIC. */
export function guestTemplate(options: Omit<VmOptions, 'runStrategy'>): Record<string, unknown> {
  return {
    metadata: { labels: { 'vm.kubevirt.io/name': options.name, ...options.labels } },
    spec: {
      terminationGracePeriodSeconds: options.terminationGracePeriodSeconds ?? 30,
      ...(options.startPaused === true ? { startStrategy: 'Paused' } : {}),
      domain: {
        memory: { guest: '128Mi' },
        devices: { interfaces: [{ name: 'default', masquerade: {} }], rng: {} },
        firmware: {
          kernelBoot: {
            kernelArgs: guestKernelArgs,
            container: {
              image: testImageName('guest'),
              kernelPath: '/boot/vmlinuz',
              initrdPath: '/boot/initrd',
              imagePullPolicy: 'IfNotPresent',
            },
          },
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
  };
}

/** A VirtualMachine around `guestTemplate`. */
export function guestVm(options: VmOptions): Record<string, unknown> {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: options.name },
    spec: { runStrategy: options.runStrategy ?? 'Always', template: guestTemplate(options) },
  };
}

/** A VirtualMachineInstance without a VirtualMachine. */
export function guestVmi(options: Omit<VmOptions, 'runStrategy'>): Record<string, unknown> {
  const template = guestTemplate(options) as { metadata: Record<string, unknown>; spec: unknown };
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name: options.name,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...template.metadata,
    },
    spec: template.spec,
  };
}

/** A pod of the launcher's image that only sleeps: the floor for everything that starts in such a pod. */
export function sleepingPod(name: string, namespace: string, image: string): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'sleep',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', 'infinity'],
        },
      ],
    },
  };
}
