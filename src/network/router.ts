/** The bridge as a masqueraded guest sees it: its router, the same in every pod. */

/** A fixed address on the wire, so that what guests remember stays right. */
export const bridgeMac = '02:00:00:00:00:01';

/** Made of the MAC as RFC 4291 has it. */
export const bridgeLinkLocal = 'fe80::ff:fe00:1';
