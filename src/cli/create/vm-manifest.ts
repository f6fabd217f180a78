/** The manifest of `create vm`. Pure but for names made up. */
import { apiVersionOf, clusterInstancetypes, clusterPreferences, virtualMachines } from '../../api/kinds.ts';
import { MonovirtError } from '../../support/errors.ts';
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
    ...(order !== undefined && { bootOrder: parseOrder(flag, order) }),
  };
}

function parseOrder(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw wrongValue(flag, `bootorder:${text}`, 'a number from 1 up');
}

const wrongValue = (flag: string, given: string, wanted: string): MonovirtError =>
  new MonovirtError('InvalidParameter', `--${flag}: ${JSON.stringify(given)} must be ${wanted}`, 'never');

const sysprepKinds = ['configMap', 'secret'];

function sysprepVolume(text: string): NamedVolume {
  const flag = 'volume-sysprep';
  const params = parseParams(flag, text, ['src', 'type']);
  const name = requiredParam(flag, params, 'src');
  const type = params['type'] ?? 'configMap';
  const kind = sysprepKinds.find((known) => known.toLowerCase() === type.toLowerCase());
  if (kind === undefined) throw wrongValue(flag, `type:${type}`, `one of ${sysprepKinds.join(', ')}`);
  const source = { [kind]: { name } };
  return { volume: { name: 'sysprepdisk', sysprep: source }, cdrom: true };
}

function diskOf({ volume: { name }, bootOrder, cdrom }: NamedVolume): object {
  return {
    name,
    ...(bootOrder !== undefined && { bootOrder }),
    ...(cdrom === true ? { cdrom: { bus: 'sata' } } : { disk: {} }),
  };
}
