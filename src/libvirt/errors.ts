/** libvirt's errors as ours: the reason says which, the retry rule follows from it. */
import { MonovirtError } from '../support/errors.ts';
import type { Retry } from '../support/errors.ts';

/** Names of the error numbers a caller may want to tell apart; others are reported as `Libvirt<number>`. */
const names: Readonly<Record<number, string>> = {
  1: 'InternalError',
  2: 'NoMemory',
  3: 'NoSupport',
  5: 'NoConnect',
  6: 'InvalidConnection',
  7: 'InvalidDomain',
  8: 'InvalidArgument',
  9: 'OperationFailed',
  16: 'OsType',
  19: 'NoSource',
  20: 'NoTarget',
  21: 'NoName',
  22: 'NoOs',
  23: 'NoDevice',
  27: 'XmlError',
  28: 'DomainExists',
  29: 'OperationDenied',
  35: 'XmlDetail',
  38: 'SystemError',
  39: 'RpcError',
  42: 'NoDomain',
  45: 'AuthFailed',
  55: 'OperationInvalid',
  67: 'ConfigUnsupported',
  68: 'OperationTimeout',
  74: 'ArgumentUnsupported',
  78: 'OperationAborted',
  84: 'OperationUnsupported',
  86: 'AgentUnresponsive',
  87: 'ResourceBusy',
  88: 'AccessDenied',
  91: 'CpuIncompatible',
  92: 'XmlInvalidSchema',
  97: 'AgentUnsynced',
  99: 'DeviceMissing',
};

const permanent = new Set([
  'NoSupport',
  'InvalidArgument',
  'OsType',
  'NoSource',
  'NoTarget',
  'NoName',
  'NoOs',
  'NoDevice',
  'XmlError',
  'XmlDetail',
  'XmlInvalidSchema',
  'ConfigUnsupported',
  'ArgumentUnsupported',
  'OperationUnsupported',
  'CpuIncompatible',
]);

/** An error of libvirt, of our connection to it, or of loading it. */
export class LibvirtError extends MonovirtError {
  override readonly name: string = 'LibvirtError';
  /** libvirt's `virErrorNumber`; 0 when the error is ours. */
  readonly code: number;
  /** libvirt's `virErrorDomain`: which part of it failed; 0 when the error is ours. */
  readonly domain: number;

  constructor(
    reason: string,
    message: string,
    details: { code?: number; domain?: number; retry?: Retry; cause?: unknown } = {},
  ) {
    super(
      reason,
      message,
      details.retry ?? 'backoff',
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = details.code ?? 0;
    this.domain = details.domain ?? 0;
  }
}

/** How QEMU says that somebody else has locked an image. */
const lockHeld = /Failed to get (shared )?"[a-z ]+" lock/;

/** Longest message that is passed on, in characters: libvirt quotes what a guest's agent said, in full. */
const maxMessage = 2048;

const bounded = (message: string): string =>
  message.length <= maxMessage ? message : `${message.slice(0, maxMessage)}…`;

/** Builds the error for what libvirt reported. @param call what we asked for, as `start the domain 4f…`. */
export function libvirtError(
  call: string,
  reported: { code: number; domain: number; message: string },
): LibvirtError {
  const name = names[reported.code] ?? String(reported.code);
  const message = reported.message === '' ? 'libvirt gave no message' : bounded(reported.message);
  if (lockHeld.test(message)) {
    const remedy = 'another running VM uses this disk; stop it, or make the disk shareable in both';
    return new LibvirtError('VolumeInUse', `${remedy}: ${message}`, reported);
  }
  return new LibvirtError(`Libvirt${name}`, `cannot ${call}: ${message}`, {
    code: reported.code,
    domain: reported.domain,
    retry: permanent.has(name) ? 'never' : 'backoff',
  });
}
