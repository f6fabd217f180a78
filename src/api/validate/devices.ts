/** Rules on devices other than disks and interfaces. */
import { duplicate, invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

export function inputBusIsKnown({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.domain.devices.inputs, `${path}.domain.devices.inputs`, ({ bus }, field) =>
    !bus || bus === 'virtio' || bus === 'usb'
      ? []
      : [invalid(`${field}.bus`, `Input device can have only virtio or usb bus. Found ${bus}`)],
  );
}

export function inputIsATablet({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.domain.devices.inputs, `${path}.domain.devices.inputs`, ({ type }, field) =>
    !type || type === 'tablet'
      ? []
      : [invalid(`${field}.type`, `Input device can have only tablet type. Found ${type}`)],
  );
}

export function inputNamesDiffer({ spec, path }: SpecContext): Cause[] {
  return repeats(spec.domain.devices.inputs ?? [], ({ name }) => name).map(({ index, first }) => {
    const inputs = `${path}.domain.devices.inputs`;
    return duplicate(
      `${inputs}[${index}].name`,
      `${inputs}[${first}] and ${inputs}[${index}] must not have the same Name.`,
    );
  });
}

const actions = ['poweroff', 'reset', 'shutdown'];

export function watchdogActionIsKnown({ spec, path }: SpecContext): Cause[] {
  const action = spec.domain.devices.watchdog?.i6300esb?.action;
  if (!action || actions.includes(action)) return [];
  const field = `${path}.domain.devices.watchdog.i6300esb.action`;
  return [notSupported(field, `${field} '${action}' is not known; use one of: ${actions.join(', ')}`)];
}
