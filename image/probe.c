/*
 * probe: asks the launcher about its guest, for the kubelet.
 *
 *   probe <question> [socket]
 *
 * Sends the question as one line to the launcher's socket. The first byte of the answer is the exit code, the rest
 * goes to the standard output. Ends with 1 when nobody answers; the kubelet limits the time.
 *
 * The kubelet starts one every few seconds beside every guest that is probed, on the guest's own memory and
 * processor time, so it has no C library, as hold has none.
 */
#include "bare.h"
#include <linux/errno.h>
#include <linux/un.h>

#define SOCKET "/run/monovirt/launcher.sock"
#define STREAM_CLOEXEC (1 | 02000000)
/* A launcher that has gone ends the write with an error, not us with a signal. */
#define NO_SIGNAL 0x4000

__attribute__((noreturn)) static void fail(const char *what) {
  say("probe: ");
  say(what);
  say("\n");
  leave(1);
}

static long connected(const char *path) {
  struct sockaddr_un address = {.sun_family = 1};
  unsigned long n = length(path);
  long fd;

  if (n >= sizeof(address.sun_path)) fail("the socket's path is too long");
  for (unsigned long i = 0; i <= n; i++) address.sun_path[i] = path[i];
  fd = call(__NR_socket, address.sun_family, STREAM_CLOEXEC, 0, 0);
  if (fd < 0 || call(__NR_connect, fd, (long)&address, sizeof(address), 0) < 0)
    fail("the launcher of this VM cannot be reached");
  return fd;
}

static void send(long fd, const char *bytes, unsigned long size) {
  while (size > 0) {
    long sent;
    register long flags __asm__("r10") = NO_SIGNAL;
    register long r8 __asm__("r8") = 0;
    register long r9 __asm__("r9") = 0;
    __asm__ volatile("syscall"
                     : "=a"(sent)
                     : "a"(__NR_sendto), "D"(fd), "S"(bytes), "d"(size), "r"(flags), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    if (sent == -EINTR) continue;
    if (sent <= 0) fail("the launcher of this VM does not listen");
    bytes += sent;
    size -= (unsigned long)sent;
  }
}

static long receive(long fd, char *buffer, unsigned long size) {
  long got;
  do got = call(__NR_read, fd, (long)buffer, (long)size, 0);
  while (got == -EINTR);
  return got;
}

/* What the reader of the output does not take is no concern of the guest's health. */
static void pass_on(const char *bytes, long size) {
  while (size > 0) {
    long written = call(__NR_write, 1, (long)bytes, size, 0);
    if (written <= 0 && written != -EINTR) return;
    if (written > 0) {
      bytes += written;
      size -= written;
    }
  }
}

static void start(long *stack) {
  static char buffer[4096];
  long count = stack[0], fd, got;
  const char **args = (const char **)(stack + 1);
  unsigned char code;

  if (count < 2 || count > 3) {
    say("usage: probe <question> [socket]\n");
    leave(2);
  }
  fd = connected(count == 3 ? args[2] : SOCKET);
  send(fd, args[1], length(args[1]));
  send(fd, "\n", 1);
  if (receive(fd, (char *)&code, 1) != 1) fail("the launcher of this VM ended without an answer");
  while ((got = receive(fd, buffer, sizeof(buffer))) > 0) pass_on(buffer, got);
  leave(code);
}
