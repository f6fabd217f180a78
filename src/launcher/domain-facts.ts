/** What libvirt's XML of a running domain tells. Pure. */

/** Machine type as QEMU names it, version included. */
export function machineTypeOf(xml: string): string | undefined {
  return /<type\b[^>]*\bmachine=['"]([\w.-]+)['"]/.exec(xml)?.[1];
}

/** Whether somebody in the guest holds the agent's channel open. */
export function hasAgent(xml: string): boolean {
  return /<target\b[^>]*\bname=['"]org\.qemu\.guest_agent\.0['"][^>]*\bstate=['"]connected['"]/.test(xml);
}
