/** Places inside a node. */

/** Where a node sees programs that were built for it. */
export const nodeProgramDirs = {
  kubernetes: '/run/monovirt/bin',
  hold: '/run/monovirt/hold',
  policies: '/run/monovirt/policies',
  multus: '/run/monovirt/multus',
} as const;
/** Network plug-ins: Debian's, and one of ours. */
export const cniBinDir = '/var/lib/cni/bin';
/** Where Debian's package puts them. */
export const debianCniDir = '/usr/lib/cni';
