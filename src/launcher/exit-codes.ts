/**
 * The launcher's exit codes: a protocol to the node agent and the controller that needs no network and
 * survives both of them being down while a guest ends.
 */
export const exitCodes = {
  /** The guest shut down, or was stopped on request within or after its grace period. */
  guestStopped: 0,
  /** A defect in the launcher itself. */
  internal: 1,
  /** libvirtd did not start or went away and did not come back. */
  libvirtUnavailable: 10,
  /** The domain could not be started; the message was reported before. */
  startFailed: 11,
  /** QEMU crashed or was killed. */
  guestCrashed: 12,
  /** The guest's kernel panicked and a panic device told us. */
  guestPanicked: 13,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
