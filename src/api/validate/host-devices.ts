/** Rules on devices that are passed through from the node, by device plugins or by claims. */
import type { VmiSpecManifest } from '../manifests.ts';
import { duplicate, invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { gateIsOpen } from './gates.ts';
import { repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

type Devices = VmiSpecManifest['domain']['devices'];
type Passed = NonNullable<Devices['hostDevices']>[number];

/** The two lists, with what their devices are called and the gate of those that are claimed. */
const lists = [
  { list: 'gpus', one: 'GPU', gate: 'GPUsWithDRA' },
  { list: 'hostDevices', one: 'HostDevice', gate: 'HostDevicesWithDRA' },
] as const;

interface Item {
  device: Passed;
  one: string;
  /** Path of the list. */
  list: string;
  /** Path of the device. */
  field: string;
}

function devicesOf({ spec, path }: SpecContext): Item[] {
  return lists.flatMap(({ list, one }) =>
    (spec.domain.devices[list] ?? []).map((device, index) => {
      const at = `${path}.domain.devices.${list}`;
      return { device, one, list: at, field: `${at}[${index}]` };
    }),
  );
}

const hasClaim = ({ claimName, requestName }: Passed): boolean => Boolean(claimName || requestName);
const isClaimed = (device: Passed): boolean => !device.deviceName && hasClaim(device);

export function hostDevicesGateIsOpen(context: SpecContext): Cause[] {
  if (!context.spec.domain.devices.hostDevices?.length || context.config.featureGates.has('HostDevices'))
    return [];
  return [
    invalid(
      `${context.path}.HostDevices`,
      `Host Devices feature gate is not enabled in kubevirt-config; remove ${context.path}.domain.devices.hostDevices`,
    ),
  ];
}

export function passedDeviceNamesDiffer(context: SpecContext): Cause[] {
  return lists.flatMap(({ list }) => {
    const field = `${context.path}.domain.devices.${list}`;
    return repeats(context.spec.domain.devices[list] ?? [], ({ name }) => name).map(({ index, first }) =>
      duplicate(
        `${field}[${index}].name`,
        `${field}[${first}] and ${field}[${index}] must not have the same Name.`,
      ),
    );
  });
}

export function passedDeviceHasASource(context: SpecContext): Cause[] {
  return devicesOf(context)
    .filter(({ device }) => !device.deviceName && !hasClaim(device))
    .map(({ one, list, field }) =>
      required(
        list,
        `${field} is a ${one} without deviceName or claimRequest; each ${one} must specify either a deviceName or a claimRequest`,
      ),
    );
}

export function passedDeviceHasOneSource(context: SpecContext): Cause[] {
  return devicesOf(context)
    .filter(({ device }) => device.deviceName && hasClaim(device))
    .map(({ one, list, field }) =>
      invalid(list, `${field} is a ${one} with both deviceName and claimRequest; keep one of them`),
    );
}

export function gpusAreOfOneKind({ spec, path }: SpecContext): Cause[] {
  const gpus = spec.domain.devices.gpus ?? [];
  const claimed = gpus.filter(isClaimed).length;
  if (claimed === 0 || claimed === gpus.length) return [];
  const field = `${path}.domain.devices.gpus`;
  return [
    invalid(
      field,
      `${field} contains both DRA and non-DRA GPUs; give each a deviceName, or each a claimName and requestName`,
    ),
  ];
}

export function claimedDevicesGateIsOpen(context: SpecContext): Cause[] {
  return lists
    .filter(({ list }) => (context.spec.domain.devices[list] ?? []).some(isClaimed))
    .flatMap(({ list, gate }) => gateIsOpen(context, gate, `${context.path}.domain.devices.${list}`));
}

export function claimedDeviceIsNamed(context: SpecContext): Cause[] {
  return devicesOf(context)
    .filter(({ device }) => isClaimed(device))
    .flatMap(({ device, one, field }) =>
      (['claimName', 'requestName'] as const)
        .filter((name) => !device[name])
        .map((name) => required(`${field}.${name}`, `${field}.${name} is required for DRA ${one}`)),
    );
}

export function claimedRequestsDiffer(context: SpecContext): Cause[] {
  const claimed = devicesOf(context).filter(({ device }) => device.claimName && device.requestName);
  const pair = ({ device }: Item): string => `${device.claimName}/${device.requestName}`;
  return repeats(claimed, pair).flatMap(({ index, first }) => {
    const [item, earlier] = [claimed[index], claimed[first]];
    if (!item || !earlier) return [];
    const message = `duplicate claimName/requestName pair "${pair(item)}" between ${earlier.field} and ${item.field}`;
    return [duplicate(item.field, message)];
  });
}

export function claimedDevicesAreListed(context: SpecContext): Cause[] {
  const names = new Set((context.spec.resourceClaims ?? []).map(({ name }) => name));
  const missing = devicesOf(context)
    .filter(({ device }) => isClaimed(device) && device.claimName && !names.has(device.claimName))
    .map(({ device }) => device.claimName);
  if (missing.length === 0) return [];
  const field = `${context.path}.resourceClaims`;
  return [
    invalid(
      field,
      `${field} must specify all claims used in vmi.spec.domain.devices.gpus and vmi.spec.domain.devices.hostDevices; missing: ${[...new Set(missing)].join(', ')}`,
    ),
  ];
}

/** A device that the cluster's administrators have not named could be any of the node. */
export function passedDeviceIsPermitted(context: SpecContext): Cause[] {
  return devicesOf(context)
    .filter(({ device }) => device.deviceName && !context.config.permittedDevices.has(device.deviceName))
    .map(({ device, one, field }) =>
      notSupported(
        `${field}.deviceName`,
        `${one} ${device.deviceName} is not permitted in permittedHostDevices configuration; remove ${field}`,
      ),
    );
}

type Gpu = NonNullable<Devices['gpus']>[number];

/** What is not said is on. */
const showsFirmware = ({ virtualGPUOptions }: Gpu): boolean => {
  const display = virtualGPUOptions?.display;
  return display !== undefined && display.enabled !== false && display.ramFB?.enabled !== false;
};

export function oneGpuShowsFirmware({ spec, path }: SpecContext): Cause[] {
  if ((spec.domain.devices.gpus ?? []).filter(showsFirmware).length <= 1) return [];
  return [
    invalid(
      `${path}.GPUs`,
      `configuring multiple displays with ramfb is not valid; set virtualGPUOptions.display.ramFB.enabled to false in all ${path}.domain.devices.gpus but one`,
    ),
  ];
}
