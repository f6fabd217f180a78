/** Small devices that watch over a guest or lend it trust: watchdog, panic, entropy, TPM. */
import type { Vmi } from '../../api/types.ts';
import { given, userAlias, virtioModel } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

export function watchdog(vmi: Vmi): Element | undefined {
  const wanted = vmi.spec.domain.devices.watchdog;
  if (wanted?.i6300esb === undefined) return undefined;
  return el(
    'watchdog',
    { model: 'i6300esb', action: wanted.i6300esb.action || 'reset' },
    userAlias(`watchdog-${wanted.name}`),
  );
}

/** Without a model the machine's usual one. */
export function panic(vmi: Vmi): Element[] {
  return (vmi.spec.domain.devices.panicDevices ?? []).map(({ model }) =>
    el('panic', { model: model || undefined }),
  );
}

export function rng(vmi: Vmi): Element | undefined {
  return given(vmi.spec.domain.devices.rng, () =>
    el('rng', { model: virtioModel(vmi) }, el('backend', { model: 'random' }, '/dev/urandom')),
  );
}

/** An emulated TPM 2.0; a persistent one keeps its state when the domain is undefined. */
export function tpm(vmi: Vmi): Element | undefined {
  const wanted = vmi.spec.domain.devices.tpm;
  if (wanted === undefined || wanted.enabled === false) return undefined;
  const persistent = wanted.persistent === true;
  return el(
    'tpm',
    { model: persistent ? 'tpm-crb' : 'tpm-tis' },
    el('backend', {
      type: 'emulator',
      version: '2.0',
      persistent_state: persistent ? 'yes' : undefined,
    }),
  );
}
