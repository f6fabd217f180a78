/** Rules on registrations of network binding plug-ins, and on interfaces that ask for one. */
import { attachmentTypes } from '../../network/attachments.ts';
import type { KubeVirtConfiguration } from '../manifests.ts';
import { tryParseQuantity } from '../quantity.ts';
import { invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachInterface } from './interfaces.ts';
import { isDnsLabel, isDnsSubdomain } from './names.ts';
import type { SpecContext } from './rule.ts';

export function bindingPluginIsRegistered(context: SpecContext): Cause[] {
  const registered = Object.keys(context.config.bindingPlugins);
  return forEachInterface(context, ({ binding }, field) => {
    if (!binding || registered.includes(binding.name)) return [];
    const known =
      registered.length === 0
        ? 'none is registered'
        : `registered are ${registered.toSorted().slice(0, shownNames).join(', ')}`;
    return [
      invalid(
        `${field}.binding.name`,
        `network binding plug-in ${JSON.stringify(binding.name)} is not registered; ${known}; register it under spec.configuration.network.binding of the KubeVirt object, or use masquerade: {}`,
      ),
    ];
  });
}

const shownNames = 20;

type Plugin = NonNullable<NonNullable<KubeVirtConfiguration['network']>['binding']>[string];

function forEachPlugin(
  { network }: KubeVirtConfiguration,
  each: (plugin: Plugin, field: string) => Cause[],
): Cause[] {
  return Object.entries(network?.binding ?? {}).flatMap(([name, plugin]) =>
    each(plugin, `spec.configuration.network.binding.${name}`),
  );
}

interface Context {
  readonly configuration: KubeVirtConfiguration;
}

export function pluginAttachmentIsKnown({ configuration }: Context): Cause[] {
  const known: readonly string[] = attachmentTypes;
  return forEachPlugin(configuration, ({ domainAttachmentType }, field) =>
    !domainAttachmentType || known.includes(domainAttachmentType)
      ? []
      : [
          notSupported(
            `${field}.domainAttachmentType`,
            `${field}.domainAttachmentType ${domainAttachmentType} is not known; use one of: ${known.join(', ')}`,
          ),
        ],
  );
}

/** One that does none of the three leaves its interfaces without a wire. */
export function pluginDoesSomething({ configuration }: Context): Cause[] {
  return forEachPlugin(configuration, ({ sidecarImage, domainAttachmentType }, field) =>
    sidecarImage || domainAttachmentType
      ? []
      : [
          invalid(
            field,
            `${field} attaches no interface to its guest; set sidecarImage or domainAttachmentType`,
          ),
        ],
  );
}

/** It becomes part of an annotation that Multus reads; it would look for another one than was meant. */
export function pluginDefinitionIsNamed({ configuration }: Context): Cause[] {
  return forEachPlugin(configuration, ({ networkAttachmentDefinition: definition }, field) =>
    !definition || isDefinitionName(definition)
      ? []
      : [
          invalid(
            `${field}.networkAttachmentDefinition`,
            `${field}.networkAttachmentDefinition ${JSON.stringify(definition)} names no NetworkAttachmentDefinition; use name, for one in the VM's own namespace, or namespace/name, both as Kubernetes writes names`,
          ),
        ],
  );
}

function isDefinitionName(text: string): boolean {
  const [name = '', ...namespaces] = text.split('/').toReversed();
  return isDnsSubdomain(name) && namespaces.length <= 1 && namespaces.every(isDnsLabel);
}

/** As in KubeVirt, which adds nothing else to the launcher's container. */
export function pluginOverheadIsMemory({ configuration }: Context): Cause[] {
  return forEachPlugin(configuration, ({ computeResourceOverhead }, field) => {
    const { requests = {}, limits = {} } = computeResourceOverhead ?? {};
    const place = `${field}.computeResourceOverhead`;
    const others = [
      ...Object.keys(requests)
        .filter((name) => name !== 'memory')
        .map((name) => `requests.${name}`),
      ...Object.keys(limits).map((name) => `limits.${name}`),
    ];
    const memory = tryParseQuantity(requests['memory'] ?? '0');
    return [
      ...others.map((name) =>
        notSupported(`${place}.${name}`, `${place}.${name}: only requests.memory is added; remove it`),
      ),
      ...(memory !== undefined && memory >= 0n
        ? []
        : [invalid(`${place}.requests.memory`, `${place}.requests.memory must be a quantity such as 64Mi`)]),
    ];
  });
}

/** What Multus tells of a device is known only when the pod runs; guests of this release get no such devices anyway. */
export function pluginTakesNoDeviceInfo({ configuration }: Context): Cause[] {
  return forEachPlugin(configuration, ({ downwardAPI }, field) =>
    downwardAPI
      ? [
          notSupported(
            `${field}.downwardAPI`,
            `${field}.downwardAPI: this release of monovirt does not tell sidecars about devices of networks; remove it, and use a plug-in whose CNI plugin makes a tap (domainAttachmentType: tap)`,
          ),
        ]
      : [],
  );
}
