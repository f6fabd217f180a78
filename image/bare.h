/* What our static helpers have instead of a C library: system calls, and a start that hands on the arguments. */
#include <asm/unistd.h>

#ifndef __x86_64__
#error "the helpers know the system calls of x86_64 only"
#endif

static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

static unsigned long length(const char *text) {
  unsigned long n = 0;
  while (text[n] != 0) n++;
  return n;
}

static void say(const char *text) { call(__NR_write, 2, (long)text, (long)length(text), 0); }

__attribute__((noreturn)) static void leave(int code) {
  for (;;) call(__NR_exit_group, code, 0, 0, 0);
}

/* Defined by each helper. `stack` is as the kernel leaves it: the number of arguments, then each of them. */
__attribute__((noreturn, used)) static void start(long *stack);

__attribute__((naked, noreturn, used)) void _start(void) {
  __asm__ volatile("mov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n\thlt");
}
