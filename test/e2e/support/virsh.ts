/** libvirt's own view, from inside the pod. */
import type { TestCluster } from './cluster.ts';

/** Runs virsh against the pod's libvirtd. */
export function virsh(cluster: TestCluster, vmiName: string, ...args: string[]): Promise<string> {
  return cluster.inPod(vmiName, 'virsh', '-c', 'qemu:///session', ...args);
}

/** State of the pod's only domain, as virsh prints it: `running`, `paused` … */
export async function domainState(cluster: TestCluster, vmiName: string): Promise<string> {
  const output = await virsh(cluster, vmiName, 'domstate', `${cluster.namespace}_${vmiName}`);
  return output.trim();
}
