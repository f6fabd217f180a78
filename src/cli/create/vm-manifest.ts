/** The manifest of `create vm`. Pure but for names made up. */
import { apiVersionOf, clusterInstancetypes, clusterPreferences, virtualMachines } from '../../api/kinds.ts';
import { generatedName } from './names.ts';
import { parseParams, requiredParam } from './params.ts';
import { cloudInitVolume } from './cloud-init.ts';
import type { CloudInitFlags } from './cloud-init.ts';

export interface VmFlags extends CloudInitFlags {
  name?: string;
  namespace?: string;
  runStrategy: string;
  terminationGracePeriod: number;
  memory?: string;
  instancetype?: string;
  inferInstancetypeFrom?: string;
  preference?: string;
  inferPreferenceFrom?: string;
  volumeContainerdisk?: string[];
  volumePvc?: string[];
  volumeSysprep?: string;
}

interface NamedVolume {
  volume: { name: string } & Record<string, unknown>;
  bootOrder?: number;
  cdrom?: boolean;
}

/** @throws MonovirtError InvalidParameter. */
export function vmManifest(flags: VmFlags): object {
  const name = flags.name ?? generatedName('vm');
  const volumes = volumesOf(flags, name);
  const disks = volumes
    .filter(({ bootOrder, cdrom }) => bootOrder !== undefined || cdrom === true)
    .map(diskOf);
  const instancetype = matcher(flags.instancetype, clusterInstancetypes.kind, flags.inferInstancetypeFrom);
  const preference = matcher(flags.preference, clusterPreferences.kind, flags.inferPreferenceFrom);
  const guest = flags.memory ?? (instancetype === undefined ? '512Mi' : undefined);
  return {
    apiVersion: apiVersionOf(virtualMachines),
    kind: virtualMachines.kind,
    metadata: { name, ...(flags.namespace !== undefined && { namespace: flags.namespace }) },
    spec: {
      runStrategy: flags.runStrategy,
      ...(instancetype !== undefined && { instancetype }),
      ...(preference !== undefined && { preference }),
      template: {
        spec: {
          domain: {
            ...(guest !== undefined && { memory: { guest } }),
            devices: disks.length > 0 ? { disks } : {},
          },
          terminationGracePeriodSeconds: flags.terminationGracePeriod,
          ...(volumes.length > 0 && { volumes: volumes.map(({ volume }) => volume) }),
        },
      },
    },
  };
}

function matcher(
  text: string | undefined,
  defaultKind: string,
  inferFrom: string | undefined,
): object | undefined {
  if (inferFrom !== undefined) return { inferFromVolume: inferFrom };
  if (text === undefined) return undefined;
  const [first = '', second] = text.split('/');
  return second === undefined ? { kind: defaultKind, name: first } : { kind: first, name: second };
}

function volumesOf(flags: VmFlags, vm: string): NamedVolume[] {
  const sysprep = flags.volumeSysprep === undefined ? [] : [sysprepVolume(flags.volumeSysprep)];
  const cloudInit = cloudInitVolume(flags);
  return [
    ...(flags.volumeContainerdisk ?? []).map((text, index) =>
      sourced('volume-containerdisk', text, `${vm}-containerdisk-${index}`, (image) => ({
        containerDisk: { image },
      })),
    ),
    ...(flags.volumePvc ?? []).map((text, index) =>
      sourced('volume-pvc', text, `${vm}-pvc-${index}`, (claimName) => ({
        persistentVolumeClaim: { claimName },
      })),
    ),
    ...sysprep,
    ...(cloudInit === undefined ? [] : [{ volume: cloudInit }]),
  ];
}

function sourced(
  flag: string,
  text: string,
  fallbackName: string,
  source: (src: string) => Record<string, unknown>,
): NamedVolume {
  const params = parseParams(flag, text, ['src', 'name', 'bootorder']);
  const order = params['bootorder'];
  return {
    volume: { name: params['name'] ?? fallbackName, ...source(requiredParam(flag, params, 'src')) },
    ...(order !== undefined && { bootOrder: Number(order) }),
  };
}

function sysprepVolume(text: string): NamedVolume {
  const flag = 'volume-sysprep';
  const params = parseParams(flag, text, ['src', 'type']);
  const name = requiredParam(flag, params, 'src');
  const source = params['type']?.toLowerCase() === 'secret' ? { secret: { name } } : { configMap: { name } };
  return { volume: { name: 'sysprepdisk', sysprep: source }, cdrom: true };
}

function diskOf({ volume: { name }, bootOrder, cdrom }: NamedVolume): object {
  return {
    name,
    ...(bootOrder !== undefined && { bootOrder }),
    ...(cdrom === true ? { cdrom: { bus: 'sata' } } : { disk: {} }),
  };
}
