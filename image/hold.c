/*
 * hold: the smallest program that keeps a container alive.
 *
 *   hold             pid 1 of a pod sandbox: reaps children, ends on SIGTERM or SIGINT with exit code 0.
 *   hold <pidfile>   side container of a container disk: writes its own pid, then sleeps until SIGTERM or SIGINT.
 *
 * It runs inside images that hold nothing else, so it must be static; and it runs in every VM pod, so it has no
 * C library: a few kilobytes, one page of private memory, no start-up cost.
 *
 * Build: src/image/executable.ts, without a C library.
 */
#include "bare.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/signal.h>
#include <linux/wait.h>

#define PATH_LIMIT 4096
#define TMP_SUFFIX ".tmp"

static void fail(const char *what, const char *path) {
  say("hold: ");
  say(what);
  say(" ");
  say(path);
  say("\n");
  leave(1);
}

/* Writes `number` and a newline to `text`; returns the number of characters. */
static unsigned long print_number(long number, char *text) {
  char reversed[24];
  unsigned long digits = 0, n = 0;
  do {
    reversed[digits++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (digits > 0) text[n++] = reversed[--digits];
  text[n++] = '\n';
  return n;
}

/*
 * The reader sees either no file or a complete one: a new file is renamed into place. O_EXCL and O_NOFOLLOW keep
 * the write from following a link that somebody else put there; a leftover of an earlier, killed run is removed.
 */
static void write_pid_file(const char *path) {
  static char tmp[PATH_LIMIT];
  char text[24];
  unsigned long n = length(path), size;
  long fd;

  if (n == 0 || n + sizeof(TMP_SUFFIX) > sizeof(tmp)) fail("path is empty or too long:", path);
  for (unsigned long i = 0; i < n; i++) tmp[i] = path[i];
  for (unsigned long i = 0; i < sizeof(TMP_SUFFIX); i++) tmp[n + i] = TMP_SUFFIX[i];

  call(__NR_unlink, (long)tmp, 0, 0, 0);
  fd = call(__NR_open, (long)tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644, 0);
  if (fd < 0) fail("cannot create", tmp);
  /* The umask of the image's runtime is not ours to trust: the agent reads this file as another user. */
  if (call(__NR_fchmod, fd, 0644, 0, 0) < 0) fail("cannot set the mode of", tmp);
  size = print_number(call(__NR_getpid, 0, 0, 0, 0), text);
  if (call(__NR_write, fd, (long)text, (long)size, 0) != (long)size) fail("cannot write", tmp);
  call(__NR_close, fd, 0, 0, 0);
  if (call(__NR_rename, (long)tmp, (long)path, 0, 0) < 0) fail("cannot rename into place", path);
}

#define BIT(signal) (1UL << ((signal) - 1))

/* Signals are blocked and waited for, so none is lost and no handler is needed. */
static unsigned long block_signals(void) {
  unsigned long set = BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGCHLD);
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&set, 0, sizeof(set));
  return set;
}

static void reap(void) {
  while (call(__NR_wait4, -1, 0, WNOHANG, 0) > 0) continue;
}

static void start(long *stack) {
  long count = stack[0];
  const char **args = (const char **)(stack + 1);
  unsigned long signals = block_signals();

  if (count > 2) {
    say("usage: hold [pidfile]\n");
    leave(2);
  }
  if (count == 2) write_pid_file(args[1]);
  for (;;) {
    long got = call(__NR_rt_sigtimedwait, (long)&signals, 0, 0, sizeof(signals));
    reap();
    if (got == SIGTERM || got == SIGINT) leave(0);
  }
}
