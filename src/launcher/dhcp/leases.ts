/** The leases of a VMI's interfaces, from its spec and from the pod around it. */
import { readFile } from 'node:fs/promises';
import type { Vmi } from '../../api/types.ts';
import { networkPlan } from '../../network/plan.ts';
import { hostnameOf } from '../../pod/names.ts';
import type { Lease } from './lease.ts';
import { parseResolvConf } from './resolv-conf.ts';

const ethernetMtu = 1500;

/** Where the pod's facts are; a test brings its own files. */
export interface PodFiles {
  resolvConf: string;
  /** `/sys/class/net`. */
  netDir: string;
}

export const podFiles: PodFiles = { resolvConf: '/etc/resolv.conf', netDir: '/sys/class/net' };

/** One lease for each interface that has one; what cannot be read gets its common value. */
export async function leasesOf(vmi: Vmi, files: PodFiles = podFiles): Promise<Lease[]> {
  const resolver = parseResolvConf(await readFile(files.resolvConf, 'utf8').catch(() => ''));
  const interfaces = vmi.spec.domain.devices.interfaces ?? [];
  return Promise.all(
    networkPlan(vmi).map(async (plan): Promise<Lease> => {
      const custom = interfaces.find(({ name }) => name === plan.name)?.dhcpOptions;
      return {
        plan,
        resolver,
        hostname: hostnameOf(vmi),
        mtu: await mtuOf(files.netDir, plan.bridge),
        ...(vmi.spec.subdomain === undefined ? {} : { subdomain: vmi.spec.subdomain }),
        ...(custom === undefined ? {} : { custom }),
      };
    }),
  );
}

async function mtuOf(netDir: string, bridge: string): Promise<number> {
  const text = await readFile(`${netDir}/${bridge}/mtu`, 'utf8').catch(() => '');
  const mtu = Number.parseInt(text, 10);
  return mtu >= 576 && mtu <= 65_535 ? mtu : ethernetMtu;
}
