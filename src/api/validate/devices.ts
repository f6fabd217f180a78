/** Rules on devices other than disks, interfaces and what is passed through from the node. */
import { duplicate, invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { gateIsOpen } from './gates.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.domain.devices`;

export function inputBusIsKnown(context: SpecContext): Cause[] {
  return forEachItem(context.spec.domain.devices.inputs, `${at(context)}.inputs`, ({ bus }, field) =>
    !bus || bus === 'virtio' || bus === 'usb'
      ? []
      : [invalid(`${field}.bus`, `Input device can have only virtio or usb bus. Found ${bus}`)],
  );
}

export function inputIsATablet(context: SpecContext): Cause[] {
  return forEachItem(context.spec.domain.devices.inputs, `${at(context)}.inputs`, ({ type }, field) =>
    !type || type === 'tablet'
      ? []
      : [invalid(`${field}.type`, `Input device can have only tablet type. Found ${type}`)],
  );
}

export function inputNamesDiffer(context: SpecContext): Cause[] {
  return repeats(context.spec.domain.devices.inputs ?? [], ({ name }) => name).map(({ index, first }) => {
    const inputs = `${at(context)}.inputs`;
    return duplicate(
      `${inputs}[${index}].name`,
      `${inputs}[${first}] and ${inputs}[${index}] must not have the same Name.`,
    );
  });
}

const actions = ['poweroff', 'reset', 'shutdown'];

export function watchdogActionIsKnown(context: SpecContext): Cause[] {
  const action = context.spec.domain.devices.watchdog?.i6300esb?.action;
  if (!action || actions.includes(action)) return [];
  const field = `${at(context)}.watchdog.i6300esb.action`;
  return [notSupported(field, `${field} '${action}' is not known; use one of: ${actions.join(', ')}`)];
}

const architectureOf = ({ spec, config }: SpecContext): string => spec.architecture || config.architecture;

/** A PC has one watchdog, and s390x the other. */
export function watchdogIsOfAPc(context: SpecContext): Cause[] {
  const { watchdog } = context.spec.domain.devices;
  if (!watchdog || architectureOf(context) !== 'amd64') return [];
  if (watchdog.i6300esb && !watchdog.diag288) return [];
  const field = `${at(context)}.watchdog`;
  return [
    notSupported(
      field,
      `amd64 only supports I6300ESB watchdog device; set ${field}.i6300esb and nothing else`,
    ),
  ];
}

const videos: Readonly<Record<string, readonly string[]>> = {
  amd64: ['vga', 'cirrus', 'virtio', 'ramfb', 'bochs'],
  arm64: ['virtio', 'ramfb'],
};

export function videoTypeFitsArchitecture(context: SpecContext): Cause[] {
  const { video } = context.spec.domain.devices;
  const architecture = architectureOf(context);
  const known = videos[architecture];
  if (!video || !known || known.includes(video.type ?? '')) return [];
  const what = `video model '${video.type ?? ''}' is not supported on ${architecture} architecture`;
  return [notSupported(`${at(context)}.video.type`, `${what}; use one of: ${known.join(', ')}`)];
}

export function videoHasAScreen({ spec, path }: SpecContext): Cause[] {
  const { video, autoattachGraphicsDevice } = spec.domain.devices;
  if (!video || autoattachGraphicsDevice !== false) return [];
  const devices = `${path}.domain.devices`;
  return [
    invalid(
      `${path}.video`,
      `Video configuration is not allowed when autoattachGraphicsDevice is set to false; remove ${devices}.video or ${devices}.autoattachGraphicsDevice`,
    ),
  ];
}

export function soundModelIsKnown(context: SpecContext): Cause[] {
  const { sound } = context.spec.domain.devices;
  if (!sound?.model || sound.model === 'ich9' || sound.model === 'ac97') return [];
  return [
    invalid(
      `${context.path}.Sound`,
      `Sound device type is not supported. Options: 'ich9' or 'ac97'. Found '${sound.model}' in ${at(context)}.sound.model`,
    ),
  ];
}

export function soundHasAName(context: SpecContext): Cause[] {
  const { sound } = context.spec.domain.devices;
  if (!sound || sound.name) return [];
  return [
    invalid(`${context.path}.Sound`, `Sound device requires a name field. Set ${at(context)}.sound.name`),
  ];
}

const panicModels = ['hyperv', 'isa', 'pvpanic'];

export function panicModelIsKnown(context: SpecContext): Cause[] {
  return forEachItem(
    context.spec.domain.devices.panicDevices,
    `${at(context)}.panicDevices`,
    ({ model }, field) =>
      !model || panicModels.includes(model)
        ? []
        : [
            invalid(
              `${field}.model`,
              `invalid PanicDeviceModel(${model}); use one of: ${panicModels.join(', ')}`,
            ),
          ],
  );
}

/** A device without a model is of the machine's usual one. */
export function panicModelsDiffer(context: SpecContext): Cause[] {
  const { panicDevices = [] } = context.spec.domain.devices;
  return repeats(panicDevices, ({ model }) => model || 'isa').map(({ index, first }) => {
    const field = `${at(context)}.panicDevices`;
    return duplicate(
      `${field}[${index}].model`,
      `${field}[${first}] and ${field}[${index}] are of the same model; keep one of them`,
    );
  });
}

export function panicFitsArchitecture(context: SpecContext): Cause[] {
  const architecture = architectureOf(context);
  if (architecture !== 's390x' || !context.spec.domain.devices.panicDevices?.length) return [];
  const field = `${at(context)}.panicDevices`;
  return [
    invalid(field, `custom panic devices are not supported on ${architecture} architecture; remove ${field}`),
  ];
}

/** Arm's machines have neither ports of a PC nor Hyper-V's registers. */
export function armPanicIsPvpanic(context: SpecContext): Cause[] {
  if (architectureOf(context) !== 'arm64') return [];
  return forEachItem(
    context.spec.domain.devices.panicDevices,
    `${at(context)}.panicDevices`,
    ({ model }, field) =>
      model === 'pvpanic'
        ? []
        : [
            notSupported(
              `${field}.model`,
              `${field}.model '${model ?? ''}' is not supported on arm64; use pvpanic`,
            ),
          ],
  );
}

/** Firmware that speaks over a serial port needs one. */
export function firmwareHasItsSerialPort({ spec, path }: SpecContext): Cause[] {
  const field = `${path}.domain.firmware.bootloader.bios.useSerial`;
  const off = spec.domain.devices.autoattachSerialConsole === false;
  if (!off || spec.domain.firmware?.bootloader?.bios?.useSerial !== true) return [];
  return [
    invalid(field, `${field} needs a serial console; remove ${path}.domain.devices.autoattachSerialConsole`),
  ];
}

export function vsockGateIsOpen(context: SpecContext): Cause[] {
  if (context.spec.domain.devices.autoattachVSOCK !== true) return [];
  return gateIsOpen(context, 'VSOCK', `${at(context)}.autoattachVSOCK`);
}

export function downwardMetricsGateIsOpen(context: SpecContext): Cause[] {
  if (!context.spec.domain.devices.downwardMetrics) return [];
  return gateIsOpen(context, 'DownwardMetrics', `${at(context)}.downwardMetrics`);
}

/** Files of claims are shared only behind a gate; those of the cluster's objects without one. */
export function virtiofsGateIsOpen(context: SpecContext): Cause[] {
  const stored = new Set(
    (context.spec.volumes ?? [])
      .filter((volume) => volume.persistentVolumeClaim ?? volume.dataVolume)
      .map(({ name }) => name),
  );
  const used = (context.spec.domain.devices.filesystems ?? []).some(({ name }) => stored.has(name));
  return used ? gateIsOpen(context, 'EnableVirtioFsStorageVolumes', `${at(context)}.filesystems`) : [];
}
