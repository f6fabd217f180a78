/** Ways to connect an interface; `passt` and its like are of past releases. */
export const bindings = [
  'bridge',
  'masquerade',
  'sriov',
  'passtBinding',
  'binding',
  'slirp',
  'macvtap',
  'passt',
] as const;
