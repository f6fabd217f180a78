/** Network binding plug-ins that the KubeVirt object registers, and those that a VMI asks for. Pure. */
import type { AttachmentType } from '../network/attachments.ts';
import type { KubeVirtConfiguration } from './manifests.ts';
import type { VmiSpec } from './types.ts';

export interface BindingPlugin {
  /** Image of a container beside the launcher that may change the domain. */
  readonly sidecarImage?: string;
  /** Of Multus, for a CNI plugin that prepares the pod; `name`, or `namespace/name`. */
  readonly networkAttachmentDefinition?: string;
  /** How we attach the interface; without it the sidecar does. */
  readonly domainAttachmentType?: AttachmentType;
  /** Memory that the launcher's container needs more, as a quantity. */
  readonly memoryOverhead?: string;
}

export type BindingPlugins = Readonly<Record<string, BindingPlugin>>;

/** Reads the registrations of a KubeVirt object that admission has accepted; undefined without any. */
export function registeredPlugins({ network }: KubeVirtConfiguration): BindingPlugins | undefined {
  if (network?.binding === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(network.binding).map(([name, plugin]) => {
      const { sidecarImage, networkAttachmentDefinition, domainAttachmentType } = plugin;
      const memory = plugin.computeResourceOverhead?.requests?.['memory'];
      const read: BindingPlugin = {
        ...(sidecarImage && { sidecarImage }),
        ...(networkAttachmentDefinition && { networkAttachmentDefinition }),
        ...(domainAttachmentType && { domainAttachmentType: domainAttachmentType as AttachmentType }),
        ...(memory !== undefined && { memoryOverhead: memory }),
      };
      return [name, read];
    }),
  );
}

/** The registered plug-ins that a VMI's interfaces ask for, each once, in the order of the interfaces. */
export function pluginsOf({ domain }: VmiSpec, plugins: BindingPlugins): [string, BindingPlugin][] {
  const names = new Set((domain.devices.interfaces ?? []).flatMap(({ binding }) => binding?.name ?? []));
  return [...names].flatMap((name): [string, BindingPlugin][] => {
    const plugin = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
    return plugin === undefined ? [] : [[name, plugin]];
  });
}
