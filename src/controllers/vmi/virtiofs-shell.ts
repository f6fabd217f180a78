/** The shell around virtiofsd, which decides what a signal to its container means. Pure. */

/**
 * The kubelet ends all containers of a pod at once, but a guest that is asked to stop still needs its file systems:
 * once QEMU is connected the shell outlives that signal, and virtiofsd ends when QEMU does. Until then nobody else
 * would end virtiofsd, should the launcher have been killed, so the signal does. Its code is then that of a
 * virtiofsd that was let go, for nothing failed.
 *
 * Arguments: the socket, the program and its arguments. The kernel lists connections that are not accepted yet with
 * state 02, others with 03; it names them by the path that the program had bound. Nothing but what any shell has
 * in itself is used: the image's is busybox.
 */
export const untilTheGuestEnds = `socket=$1
shift
connected() {
  while read -r _ _ _ _ _ state _ path; do
    case "$state $path" in "02 $socket" | "03 $socket") return 0 ;; esac
  done </proc/net/unix
  return 1
}
trap 'connected || { kill $! 2>/dev/null; exit 0; }' TERM
"$@" &
while wait $!; code=$?; kill -0 $! 2>/dev/null; do :; done
exit $code
`;
