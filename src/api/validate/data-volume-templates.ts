/** Rules on the DataVolumes that a VM brings along, and on what becomes of a VM whose volumes change. */
import type { VmManifest } from '../manifests.ts';
import { invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachItem, repeats } from './rule.ts';

interface Context {
  readonly vm: VmManifest;
}

const at = 'spec.dataVolumeTemplates';

type Template = NonNullable<VmManifest['spec']['dataVolumeTemplates']>[number];

function forEachTemplate({ vm }: Context, each: (template: Template, field: string) => Cause[]): Cause[] {
  return forEachItem(vm.spec.dataVolumeTemplates, at, each);
}

const nameOf = ({ metadata }: Template): string => metadata?.name ?? '';

export function dataVolumeTemplateIsNamed(context: Context): Cause[] {
  return forEachTemplate(context, (template, field) =>
    nameOf(template) === ''
      ? [
          required(
            `${field}.name`,
            `'name' field must not be empty for DataVolumeTemplate entry ${field}.name. Fill in metadata.name`,
          ),
        ]
      : [],
  );
}

export function dataVolumeTemplateNamesDiffer({ vm }: Context): Cause[] {
  const templates = (vm.spec.dataVolumeTemplates ?? []).filter((template) => nameOf(template) !== '');
  return repeats(templates, nameOf).map(({ index, first }) =>
    invalid(`${at}[${index}].name`, `${at}[${first}] and ${at}[${index}] must not have the same Name.`),
  );
}

export function dataVolumeTemplateIsInNamespace(context: Context): Cause[] {
  const own = context.vm.metadata?.namespace;
  return forEachTemplate(context, ({ metadata }, field) =>
    metadata?.namespace && own && metadata.namespace !== own
      ? [
          invalid(
            field,
            `Embedded DataVolume namespace ${metadata.namespace} differs from VM namespace ${own}. Leave metadata.namespace out`,
          ),
        ]
      : [],
  );
}

export function dataVolumeTemplateIsUsed(context: Context): Cause[] {
  const used = new Set(
    (context.vm.spec.template?.spec?.volumes ?? []).flatMap(({ dataVolume, persistentVolumeClaim }) => [
      dataVolume?.name,
      persistentVolumeClaim?.claimName,
    ]),
  );
  return forEachTemplate(context, (template, field) =>
    nameOf(template) === '' || used.has(nameOf(template))
      ? []
      : [
          required(
            field,
            `DataVolumeTemplate entry ${field} must be referenced in the VMI template's 'volumes' list. Add a volume with dataVolume.name ${nameOf(template)}`,
          ),
        ],
  );
}

export function dataVolumeTemplateHasStorage(context: Context): Cause[] {
  return forEachTemplate(context, ({ spec }, field) => {
    const path = `${field}.PVC.Storage`;
    if (!spec.pvc && !spec.storage) {
      return [invalid(path, 'Missing Data volume PVC or Storage. Say how large it is in spec.storage')];
    }
    if (!spec.pvc || !spec.storage) return [];
    return [
      invalid(
        path,
        'Duplicate storage definition, both target storage and target pvc defined. Keep spec.storage',
      ),
    ];
  });
}

export function dataVolumeTemplateHasOrigin(context: Context): Cause[] {
  return forEachTemplate(context, ({ spec }, field) => {
    const storage = spec.pvc ?? spec.storage;
    if (!storage) return [];
    const populated = Boolean(storage.dataSource ?? storage.dataSourceRef);
    const imported = Boolean(spec.source ?? spec.sourceRef);
    if (populated && imported) {
      return [
        invalid(
          `${field}.source`,
          'External population is incompatible with Source and SourceRef. Keep one of them',
        ),
      ];
    }
    if (populated || imported) return [];
    return [
      invalid(
        `${field}.source.sourceRef`,
        'Data volume should have either Source, SourceRef, or be externally populated. Use source.blank for an empty disk',
      ),
    ];
  });
}

export function dataVolumeTemplateHasOneSource(context: Context): Cause[] {
  return forEachTemplate(context, ({ spec }, field) => {
    if (!spec.source) return [];
    const found = Object.entries(spec.source).filter(([, source]) => source !== undefined && source !== null);
    if (found.length === 1) return [];
    const problem =
      found.length === 0
        ? 'Missing dataVolume valid source. Use one of http, registry, pvc, snapshot, upload, blank'
        : `Multiple dataVolume sources. Keep one of ${found.map(([name]) => name).join(', ')}`;
    return [invalid(`${field}.source`, problem)];
  });
}

/** Without migration, new volumes come with a restart, which the VM's condition RestartRequired says. */
export function updateVolumesStrategyIsKnown({ vm }: Context): Cause[] {
  const strategy = vm.spec.updateVolumesStrategy;
  const field = 'spec.updateVolumesStrategy';
  if (!strategy || strategy === 'Replacement') return [];
  if (strategy === 'Migration') {
    return [
      notSupported(
        field,
        `${field} Migration is not supported by this release of monovirt; use Replacement and restart the VM`,
      ),
    ];
  }
  return [invalid(field, `${field}: strategy not recognized: ${strategy}; use Replacement`)];
}

export const dataVolumeTemplateRules = [
  dataVolumeTemplateIsNamed,
  dataVolumeTemplateNamesDiffer,
  dataVolumeTemplateIsInNamespace,
  dataVolumeTemplateIsUsed,
  dataVolumeTemplateHasStorage,
  dataVolumeTemplateHasOrigin,
  dataVolumeTemplateHasOneSource,
  updateVolumesStrategyIsKnown,
] as const;
