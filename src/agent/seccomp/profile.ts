/**
 * The seccomp profile of launchers whose guests are served by passt. Pure.
 *
 * passt shuts itself into namespaces of its own before it reads a guest's first packet, and ends when it may not.
 * The profiles that runtimes have by default keep processes without privileges from that. This one lets them, and is
 * otherwise as narrow; QEMU, which shares the container, has a filter of its own that forbids the same again.
 */

/** What passt shuts itself in with. Without a capability they work in a user namespace alone. */
const sandbox = 'unshare mount umount2 pivot_root';

/**
 * What programs without privileges use. Not here: loading code into the kernel, its keys, tracing and reading other
 * processes, the machine's clock and names, other namespaces, handles of files, faults served by users, io_uring, and
 * the newer calls about mounts.
 */
const plain = `
  accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres
  clock_gettime clock_nanosleep clone clone3 close close_range connect copy_file_range creat dup dup2 dup3
  epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit
  exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl
  fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex
  futex_requeue futex_wait futex_waitv futex_wake futimesat get_mempolicy get_robust_list getcpu getcwd getdents
  getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority
  getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid
  getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
  io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
  landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr
  lstat madvise mbind membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap
  mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget
  msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open
  pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2
  prlimit64 process_mrelease pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom
  recvmmsg recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
  rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
  sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
  sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
  select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node
  set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid
  setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown
  sigaltstack signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat sync sync_file_range syncfs
  sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
  timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork
  vmsplice wait4 waitid write writev`;

const errors = { notPermitted: 1 } as const;
/** Families of sockets that no pod's network namespace confines: the kernel's ciphers, and VSOCK. */
const algorithms = 38;
const vsock = 40;

/** The kernel's name of a processor, as libseccomp has it. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

/** The profile in the runtimes' format, as JSON. Calls of another processor's kind end the process. */
export function profileFor(architecture: string): string {
  const allow = (names: readonly string[], args: object[] = []): object => ({
    names,
    action: 'SCMP_ACT_ALLOW',
    ...(args.length > 0 && { args }),
  });
  const family = (op: string, value: number): object => allow(['socket'], [{ index: 0, value, op }]);
  const known = architectures[architecture];
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: errors.notPermitted,
    architectures: known === undefined ? [] : [known],
    syscalls: [
      allow(`${plain} ${sandbox}`.trim().split(/\s+/)),
      family('SCMP_CMP_LT', algorithms),
      family('SCMP_CMP_EQ', algorithms + 1),
      family('SCMP_CMP_GT', vsock),
      // The personality of any Linux process.
      allow(['personality'], [{ index: 0, value: 0, op: 'SCMP_CMP_EQ' }]),
    ],
  });
}
