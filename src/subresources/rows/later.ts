/**
 * What KubeVirt can do and this release cannot yet. Each route checks what KubeVirt checks first, so that a client
 * learns of its own mistakes before it learns that even the right request would not work.
 */
import type { Vm, Vmi } from '../../api/types.ts';
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVm, readVmi } from '../objects.ts';
import {
  addVolumeOptions,
  memoryDumpOptions,
  migrateOptions,
  parseOptions,
  removeVolumeOptions,
} from '../options.ts';
import { badRequest, conflict, notImplemented } from '../refusal.ts';
import type { ActionRow } from '../route-row.ts';
import { assertVmi } from '../vmi-checks.ts';

type Rest = Pick<ActionRow, 'listed' | 'summary' | 'handle' | 'options'>;

const vm = (subresource: string, rest: Rest): ActionRow => ({
  method: 'PUT',
  resource: 'virtualmachines',
  subresource,
  ...rest,
});

const vmi = (subresource: string, rest: Rest): ActionRow => ({
  ...vm(subresource, rest),
  resource: 'virtualmachineinstances',
});

const restart = 'change spec.template of the VirtualMachine and restart it with "virtctl restart"';

export const laterRows: readonly ActionRow[] = [
  vm('migrate', {
    listed: true,
    summary: 'Move a running virtual machine to another node.',
    options: { name: 'MigrateOptions', schema: migrateOptions },
    handle: migrate,
  }),
  vm('addvolume', {
    listed: false,
    summary: 'Add a disk to a virtual machine.',
    options: { name: 'AddVolumeOptions', schema: addVolumeOptions },
    handle: (deps, request) => addVolume(deps, request, readVm),
  }),
  vm('removevolume', {
    listed: false,
    summary: 'Take a disk from a virtual machine.',
    options: { name: 'RemoveVolumeOptions', schema: removeVolumeOptions },
    handle: (deps, request) => removeVolume(deps, request, readVm),
  }),
  vmi('addvolume', {
    listed: true,
    summary: 'Add a disk to a running virtual machine instance.',
    options: { name: 'AddVolumeOptions', schema: addVolumeOptions },
    handle: (deps, request) => addVolume(deps, request, readPlugged('addvolume')),
  }),
  vmi('removevolume', {
    listed: true,
    summary: 'Take a disk from a running virtual machine instance.',
    options: { name: 'RemoveVolumeOptions', schema: removeVolumeOptions },
    handle: (deps, request) => removeVolume(deps, request, readPlugged('removevolume')),
  }),
  vm('memorydump', {
    listed: false,
    summary: 'Write the memory of a guest to a claim.',
    options: { name: 'VirtualMachineMemoryDumpRequest', schema: memoryDumpOptions },
    handle: memoryDump,
  }),
  vm('removememorydump', {
    listed: false,
    summary: 'Forget the claim of a memory dump.',
    handle: async (deps, request) => {
      const { metadata, status } = await readVm(deps, request);
      if (status?.memoryDumpRequest !== undefined) throw noDump();
      const why = `can't remove memory dump association for vm ${metadata.name}, no association found`;
      throw conflict({ kind: 'virtualmachine', name: metadata.name }, why);
    },
  }),
  vmi('backup', {
    listed: true,
    summary: 'Back up the disks of a running virtual machine instance.',
    handle: async (deps, request) => {
      assertVmi(await readVmi(deps, request), 'backup');
      throw notImplemented('backup of disks', 'stop the VM and copy its volumes, or take volume snapshots');
    },
  }),
  vmi('redefine-checkpoint', {
    listed: true,
    summary: 'Tell a virtual machine instance of a checkpoint of an earlier backup.',
    handle: async (deps, request) => {
      assertVmi(await readVmi(deps, request), 'redefine-checkpoint');
      throw notImplemented('incremental backup', 'back up whole volumes');
    },
  }),
];

async function migrate(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  parseOptions(await request.body(), migrateOptions);
  const [{ metadata }, instance] = [await readVm(deps, request), await readVmi(deps, request)];
  if (instance.status?.phase !== 'Running') {
    throw conflict({ kind: 'virtualmachine', name: metadata.name }, 'VM is not running');
  }
  throw notImplemented('live migration', 'stop the VM and start it again: it may start on another node');
}

type Read = (deps: SubresourceDeps, request: HttpRequest) => Promise<Vm | Vmi>;

/** Volumes can be changed in a running instance only. */
const readPlugged =
  (action: 'addvolume' | 'removevolume'): Read =>
  async (deps, request) => {
    const instance = await readVmi(deps, request);
    const { metadata } = instance;
    const owned = metadata.ownerReferences?.some(({ kind }) => kind === 'VirtualMachine') === true;
    // What is plugged by declaration is declared in the VM.
    if (owned && !deps.cluster().featureGates.has('HotplugVolumes')) {
      throw badRequest(`VMI ${metadata.namespace}/${metadata.name} is owned by a VM: change that`);
    }
    assertVmi(instance, action);
    return instance;
  };

const plugGates = ['DeclarativeHotplugVolumes', 'HotplugVolumes'];

function assertPluggable({ cluster }: SubresourceDeps): void {
  const { featureGates } = cluster();
  if (plugGates.some((gate) => featureGates.has(gate))) return;
  throw badRequest(`Enable ${plugGates.join(' or ')} feature gate to use this API.`);
}

async function addVolume(deps: SubresourceDeps, request: HttpRequest, read: Read): Promise<HttpResponse> {
  assertPluggable(deps);
  const { name, disk, volumeSource } = parseOptions(await request.body(), addVolumeOptions);
  if (name === '') throw badRequest('AddVolumeOptions requires name to be set');
  if (disk === undefined || disk === null) {
    throw badRequest('AddVolumeOptions requires disk to not be nil');
  }
  if (volumeSource === undefined || volumeSource === null) {
    throw badRequest('AddVolumeOptions requires VolumeSource to not be nil');
  }
  await read(deps, request);
  throw notImplemented('adding disks to a running guest', restart);
}

async function removeVolume(deps: SubresourceDeps, request: HttpRequest, read: Read): Promise<HttpResponse> {
  assertPluggable(deps);
  const { name } = parseOptions(await request.body(), removeVolumeOptions);
  if (name === '') throw badRequest('RemoveVolumeOptions requires name to be set');
  await read(deps, request);
  throw notImplemented('taking disks from a running guest', restart);
}

async function memoryDump(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  assertPluggable(deps);
  const { claimName } = parseOptions(await request.body(), memoryDumpOptions);
  await readVm(deps, request);
  if (claimName === '') throw badRequest('Memory dump requires claim name to be set');
  const instance = await readVmi(deps, request);
  if (instance.status?.phase !== 'Running') {
    throw conflict({ kind: 'virtualmachineinstance', name: instance.metadata.name }, 'VMI is not running');
  }
  throw noDump();
}

const noDump = (): Error =>
  notImplemented(
    'dumping the memory of a guest',
    'let the guest write a crash dump of its own, such as kdump',
  );
