/** Rules on architecture, machine, CPU, firmware and clock. */
import { forbidden, invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isImage, isPlainPath } from './names.ts';
import type { SpecContext } from './rule.ts';

export function architectureIsOurs({ spec, path, config }: SpecContext): Cause[] {
  if (!spec.architecture || spec.architecture === config.architecture) return [];
  return [
    invalid(
      `${path}.architecture`,
      `unsupported architecture: ${spec.architecture}; this cluster runs ${config.architecture}`,
    ),
  ];
}

export function machineIsAllowed({ spec, path, config }: SpecContext): Cause[] {
  const type = spec.domain.machine?.type;
  if (!type || config.emulatedMachines.some((glob) => matches(glob, type))) return [];
  const field = `${path}.domain.machine.type`;
  return [
    invalid(
      field,
      `${field} is not supported: ${type} (allowed values: ${config.emulatedMachines.join(' ')})`,
    ),
  ];
}

/** Matches with `*` for any text; linear, whatever the input. */
function matches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  const end = text.length - tail.length;
  let position = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

/** More virtual CPUs need an emulated IOMMU, which guests do not get. */
const mostCpus = 255;

export function cpusAreWithinMachine({ spec, path }: SpecContext): Cause[] {
  const { sockets, cores, threads } = spec.domain.cpu ?? {};
  const count = (sockets || 1) * (cores || 1) * (threads || 1);
  if (count <= mostCpus) return [];
  const field = `${path}.domain.cpu`;
  return [
    invalid(
      field,
      `${field} asks for ${count} virtual CPUs (sockets × cores × threads); at most ${mostCpus} are possible`,
    ),
  ];
}

export function cpuModelIsAName({ spec, path }: SpecContext): Cause[] {
  const model = spec.domain.cpu?.model;
  if (!model || /^[A-Za-z0-9][-A-Za-z0-9_.]{0,63}$/.test(model)) return [];
  const field = `${path}.domain.cpu.model`;
  return [
    invalid(
      field,
      `${field} '${model}' is no CPU model; use host-model, host-passthrough or a name such as Skylake-Server`,
    ),
  ];
}

export function oneBootloader({ spec, path }: SpecContext): Cause[] {
  const { bios, efi } = spec.domain.firmware?.bootloader ?? {};
  if (!bios || !efi) return [];
  const field = `${path}.domain.firmware.bootloader`;
  return [
    invalid(field, `${field} has both EFI and BIOS configured, but they are mutually exclusive; keep one`),
  ];
}

export function firmwareUuidIsAUuid({ spec, path }: SpecContext): Cause[] {
  const uuid = spec.domain.firmware?.uuid;
  if (!uuid || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) return [];
  const field = `${path}.domain.firmware.uuid`;
  return [
    invalid(
      field,
      `${field} '${uuid}' is no UUID; write it like 5d307ca9-b3ef-428c-8861-06e72d69f223 or leave it out`,
    ),
  ];
}

export function firmwareSerialIsPlain({ spec, path }: SpecContext): Cause[] {
  const serial = spec.domain.firmware?.serial;
  if (serial === undefined || /^[A-Za-z0-9_.+-]{0,256}$/.test(serial)) return [];
  const field = `${path}.domain.firmware.serial`;
  return [invalid(field, `${field} must be at most 256 characters of [A-Za-z0-9_.+-]`)];
}

export function kernelBootHasAKernel({ spec, path }: SpecContext): Cause[] {
  const boot = spec.domain.firmware?.kernelBoot;
  const field = `${path}.domain.firmware.kernelBoot`;
  if (!boot) return [];
  if (!boot.container) {
    if (!boot.kernelArgs) return [];
    return [
      invalid(
        `${field}.kernelArgs`,
        'kernel arguments cannot be provided without an external kernel; set kernelBoot.container',
      ),
    ];
  }
  const { image, kernelPath, initrdPath } = boot.container;
  const container = `${field}.container`;
  const causes: Cause[] = [];
  if (!isImage(image))
    causes.push(required(`${container}.image`, `${container} must be defined with an image`));
  if (!kernelPath && !initrdPath) {
    causes.push(
      required(
        container,
        `${container} must be defined with at least one of the following: kernelPath, initrdPath`,
      ),
    );
  }
  return causes;
}

export function kernelBootPathsArePlain({ spec, path }: SpecContext): Cause[] {
  const container = spec.domain.firmware?.kernelBoot?.container;
  return (['kernelPath', 'initrdPath'] as const).flatMap((name) => {
    const value = container?.[name];
    if (!value || isPlainPath(value)) return [];
    const field = `${path}.domain.firmware.kernelBoot.container.${name}`;
    return [invalid(field, `${field} must be an absolute path to a file without relative components`)];
  });
}

const tickPolicies = ['delay', 'catchup', 'merge', 'discard'];

/** Timers of one guest: each has its own set of tick policies. */
export function timersAreKnown({ spec, path }: SpecContext): Cause[] {
  const timer = spec.domain.clock?.timer;
  const causes = (['hpet', 'pit', 'rtc'] as const).flatMap((name) => {
    const policy = timer?.[name]?.tickPolicy;
    const field = `${path}.domain.clock.timer.${name}.tickPolicy`;
    if (!policy || tickPolicies.includes(policy)) return [];
    return [notSupported(field, `${field} '${policy}' is not known; use one of: ${tickPolicies.join(', ')}`)];
  });
  const track = timer?.rtc?.track;
  if (!track || track === 'guest' || track === 'wall') return causes;
  const field = `${path}.domain.clock.timer.rtc.track`;
  return [...causes, notSupported(field, `${field} '${track}' is not known; use guest or wall`)];
}

export function oneClock({ spec, path }: SpecContext): Cause[] {
  const clock = spec.domain.clock;
  const field = `${path}.domain.clock`;
  const causes: Cause[] = [];
  if (clock?.utc && clock.timezone)
    causes.push(forbidden(field, `${field} has both utc and timezone; keep one`));
  if (clock?.timezone && !/^[A-Za-z0-9_+/-]{1,64}$/.test(clock.timezone)) {
    causes.push(invalid(`${field}.timezone`, `${field}.timezone must be a name such as Europe/Berlin`));
  }
  return causes;
}
