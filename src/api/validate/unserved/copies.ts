/** Rules on VirtualMachineExports and VirtualMachineClones. */
import type {
  V1beta1VirtualMachineCloneSpec,
  V1beta1VirtualMachineExportSpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import { invalid } from '../cause.ts';
import type { Cause } from '../cause.ts';
import { forEachItem } from '../rule.ts';

type CloneSpec = V1beta1VirtualMachineCloneSpec;

/** Kinds that can be exported, with their group and what they are called in messages. */
const exportable: Readonly<Record<string, { group: string; why: string; name: string }>> = {
  PersistentVolumeClaim: { group: '', why: 'PVC API group must be missing or blank', name: 'PVC' },
  VirtualMachineSnapshot: {
    group: 'snapshot.kubevirt.io',
    why: 'VMSnapshot API group must be snapshot.kubevirt.io',
    name: 'VMSnapshot',
  },
  VirtualMachine: {
    group: 'kubevirt.io',
    why: 'VM API group must be kubevirt.io',
    name: 'Virtual Machine',
  },
  VirtualMachineBackup: {
    group: 'backup.kubevirt.io',
    why: 'VirtualMachineBackup API group must be backup.kubevirt.io',
    name: 'VirtualMachineBackup',
  },
};

export function exportSourceIsKnown({ source }: V1beta1VirtualMachineExportSpec): Cause[] {
  const known = Object.hasOwn(exportable, source.kind) ? exportable[source.kind] : undefined;
  if (known === undefined) {
    const kinds = Object.keys(exportable).join(', ');
    return [invalid('spec.source.kind', `invalid kind '${source.kind}': use one of: ${kinds}`)];
  }
  return [
    ...(source.name === '' ? [invalid('spec.source.name', `${known.name} name must not be empty`)] : []),
    ...((source.apiGroup ?? '') === known.group ? [] : [invalid('spec.source.apiGroup', known.why)]),
  ];
}

export function cloneSourceIsKnown({ source }: CloneSpec): Cause[] {
  const { kind, apiGroup, name } = source;
  return [
    ...(kind === 'VirtualMachine' || kind === 'VirtualMachineSnapshot'
      ? []
      : [
          invalid(
            'spec.source.kind',
            'Source kind is not supported: use VirtualMachine or VirtualMachineSnapshot',
          ),
        ]),
    ...(apiGroup ? [] : [invalid('spec.source.apiGroup', "Source's APIGroup cannot be empty")]),
    ...(name ? [] : [invalid('spec.source.name', "Source's name cannot be empty")]),
  ];
}

export function cloneTargetIsKnown({ source, target }: CloneSpec): Cause[] {
  if (!target) return [];
  if (target.kind !== 'VirtualMachine') {
    return [invalid('spec.target.kind', 'Target kind is not supported: use VirtualMachine')];
  }
  if (source.kind !== 'VirtualMachine' || source.name !== target.name) return [];
  return [
    invalid(
      'spec.target.name',
      'Target name cannot be equal to source name when both are VirtualMachines; choose another',
    ),
  ];
}

export function cloneAddressesAreMac({ newMacAddresses }: CloneSpec): Cause[] {
  return Object.entries(newMacAddresses ?? {})
    .filter(([, address]) => address !== '' && !/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(address))
    .map(([name, address]) =>
      invalid(
        `spec.newMacAddresses.${name}`,
        `interface ${name} has malformed MAC address (${address}). Use six pairs of hexadecimal digits`,
      ),
    );
}

export function clonePatchesAreJson({ patches }: CloneSpec): Cause[] {
  return forEachItem(patches, 'spec.patches', (patch, path) =>
    isJson(patch) ? [] : [invalid(path, `patch is not valid JSON (${patch})`)],
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Filters are `*`, a name, a beginning and `*`, and any of these after `!`. */
export function cloneFiltersAreUsable({ annotationFilters, labelFilters, template }: CloneSpec): Cause[] {
  const lists: [string, readonly string[] | undefined][] = [
    ['spec.annotations', annotationFilters],
    ['spec.labels', labelFilters],
    ['spec.template.annotations', template?.annotationFilters],
    ['spec.template.labels', template?.labelFilters],
  ];
  return lists.flatMap(([field, filters = []]) =>
    filters
      .filter((filter) => !/^!?[^!*]*\*?$/.test(filter) || filter === '!')
      .map((filter) =>
        invalid(
          field,
          `filter '${filter}' is not usable: '!' only comes first, '*' only last, and neither twice`,
        ),
      ),
  );
}

export const exportRules = [exportSourceIsKnown] as const;
export const cloneRules = [
  cloneSourceIsKnown,
  cloneTargetIsKnown,
  cloneAddressesAreMac,
  clonePatchesAreJson,
  cloneFiltersAreUsable,
] as const;
