/** UEFI firmware of the image, and the guest's own copy of its variables. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { yesNo } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

interface Firmware {
  code: string;
  /** Template of the variables; with Secure Boot it carries the keys that guests' boot loaders are signed with. */
  variables: string;
}

/** Files of Debian's packages `ovmf` and `qemu-efi-aarch64`. */
const plain: Record<DomainContext['architecture'], Firmware> = {
  amd64: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  arm64: { code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
};
const secured: Firmware = {
  code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd',
  variables: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
};

/** `<loader>` and `<nvram>`; nothing for a guest that boots with a BIOS. */
export function uefi(vmi: Vmi, { architecture, paths }: DomainContext): Element[] {
  const efi = vmi.spec.domain.firmware?.bootloader?.efi;
  if (efi === undefined) return [];
  // On by default, as the API says; a virtual Arm machine has no mode in which it could be had.
  const secure = efi.secureBoot !== false && architecture === 'amd64';
  const { code, variables } = secure ? secured : plain[architecture];
  return [
    el('loader', { readonly: 'yes', secure: yesNo(secure), type: 'pflash' }, code),
    el('nvram', { template: variables }, paths.nvram),
  ];
}
