/** What setting up one interface is made of. */

export interface Sysctl {
  /** Below /proc/sys/net. */
  name: string;
  value: string;
  /** Left out where the kernel does not have it. */
  optional: boolean;
  /** Set only where this is the value now. */
  insteadOf?: string;
}

/** What one interface needs; each part may be done again without changing what is there. */
export interface SetupParts {
  /** Lines for `ip -batch` that make the links; those that exist already are not made again. */
  create: string[];
  /** Lines for `ip -batch` that bring them up, after the kernel settings. */
  start: string[];
  sysctls: Sysctl[];
}
