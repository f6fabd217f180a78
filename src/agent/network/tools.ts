/** By their paths: a shell that is busybox would prefer its own `ip`, which knows half of it. */
export const tools = { ip: '/usr/sbin/ip', nft: '/usr/sbin/nft' } as const;
