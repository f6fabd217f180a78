/** States of a domain and their reasons in libvirt's words, as the socket carries them too. Pure. */

/** In order of `virDomainState`; `absent` stands for a domain without state, and before it was defined. */
export const domainStates = [
  'absent',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;

export type DomainState = (typeof domainStates)[number];

export const domainReasons = [
  'unknown',
  'booted',
  'user',
  'startingUp',
  'ioError',
  'shutdown',
  'destroyed',
  'crashed',
  'failed',
  'panicked',
  'migration',
  'migrated',
] as const;

/** Why the domain is in its state. */
export type DomainReason = (typeof domainReasons)[number];
