/** Devices of nodes that the cluster's administrators let guests have. Pure. */
import type { KubeVirtConfiguration } from './manifests.ts';

/** One entry of the lists, with the path of its list. */
export interface PermittedDevice {
  list: 'pciHostDevices' | 'mediatedDevices' | 'usb';
  index: number;
  resourceName: string;
  /** Its device plugin is somebody else's. */
  external: boolean;
}

const lists = ['pciHostDevices', 'mediatedDevices', 'usb'] as const;

/** Every entry of `spec.configuration.permittedHostDevices`. */
export function permittedEntries({ permittedHostDevices }: KubeVirtConfiguration): PermittedDevice[] {
  return lists.flatMap((list) =>
    (permittedHostDevices?.[list] ?? []).map(({ resourceName, externalResourceProvider }, index) => ({
      list,
      index,
      resourceName,
      external: externalResourceProvider === true,
    })),
  );
}

/** Names of their resources. */
export const permittedDevices = (configuration: KubeVirtConfiguration): ReadonlySet<string> =>
  new Set(permittedEntries(configuration).map(({ resourceName }) => resourceName));
