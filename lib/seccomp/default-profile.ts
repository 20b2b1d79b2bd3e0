// The profile 'default', with the reason for each rule. It is close to Podman's: what it does not know gets ENOSYS, so that programs use older
// calls instead, and what is known to be dangerous gets EPERM. Unlike Podman's it does not depend on capabilities: a user namespace gives all
// of them to a command, and with them most of the kernel's attack surface. docs/seccomp.md
import type {SeccompArgument, SeccompProfile, SeccompRule} from './types.js';

const words = (text: string): string[] => text.trim().split(/\s+/);
const deny = (names: string, comment: string): SeccompRule => ({
  names: words(names),
  action: 'SCMP_ACT_ERRNO',
  errno: 'EPERM',
  comment,
});
const denyIf = (name: string, args: SeccompArgument[], comment: string): SeccompRule => ({
  ...deny(name, comment),
  args,
});
const allow = (names: string, args: SeccompArgument[] = []): SeccompRule => ({
  names: words(names),
  action: 'SCMP_ACT_ALLOW',
  args,
});

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_AUDIT = 9;
// CLONE_NEWCGROUP, NEWIPC, NEWNET, NEWNS, NEWPID, NEWUSER, NEWUTS. CLONE_NEWTIME has the bit of a signal here, and clone ignores it.
const newNamespaces = 0x7e020000;
// Personalities that programs use: PER_LINUX, PER_LINUX32, UNAME26, both, and the question for the present one.
const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** The calls of ordinary programs. */
const ordinary = `
    accept accept4 access adjtimex alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_adjtime
    clock_getres clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit
    exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl
    fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex
    futex_requeue futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area getcpu getcwd getdents
    getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority
    getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid
    getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
    io_getevents io_pgetevents io_setup io_submit ioprio_get ioprio_set kill landlock_add_rule
    landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr listxattrat
    llistxattr lremovexattr lseek lsetxattr lstat madvise map_shadow_stack membarrier memfd_create memfd_secret
    mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open
    mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
    nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free
    pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease pselect6
    pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg remap_file_pages
    removexattr removexattrat rename renameat renameat2 restart_syscall rmdir rseq rseq_slice_yield rt_sigaction
    rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
    select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area
    set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid
    setreuid setrlimit setsid setsockopt setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack
    signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee
    tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
    timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat uprobe uretprobe utime
    utimensat utimes vfork wait4 waitid write writev
`;

export const defaultProfile: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrno: 'ENOSYS',
  syscalls: [
    allow(ordinary),

    deny(
      'unshare setns pivot_root chroot',
      'a user namespace of its own gives a command all capabilities over what it creates',
    ),
    allow('clone', [{index: 0, value: newNamespaces, op: 'SCMP_CMP_MASKED_EQ', valueTwo: 0}]),
    deny('clone', 'the same, with any of the flags CLONE_NEW*'),
    deny(
      'mount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick',
      'file systems and their options are parsed in the kernel, and mounts can uncover what the root hides',
    ),
    deny('open_by_handle_at name_to_handle_at', 'opens files by their numbers, outside of the root as well'),

    deny(
      'ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd',
      'takes over other commands of the same user in a sandbox',
    ),
    deny('add_key request_key keyctl', 'keyrings belong to users, and not to namespaces'),
    deny(
      'io_uring_setup io_uring_enter io_uring_register',
      'carries out calls that no filter sees, such as socket and openat',
    ),
    deny('bpf perf_event_open', 'loads programs into the kernel, and observes it'),
    deny('userfaultfd vmsplice', 'stops the kernel at a page that it reads, which makes most of its races exploitable'),
    deny(
      'mbind set_mempolicy get_mempolicy set_mempolicy_home_node migrate_pages move_pages',
      'shows where pages are, and moves those of others',
    ),
    deny('modify_ldt iopl ioperm', 'gives segments and ports of the processor, which 64-bit programs do not need'),

    deny(
      'init_module finit_module delete_module create_module query_module get_kernel_syms',
      'loads modules into the kernel',
    ),
    deny('kexec_load kexec_file_load reboot', 'ends the kernel'),
    deny(
      'swapon swapoff acct quotactl quotactl_fd vhangup syslog lookup_dcookie fanotify_init fanotify_mark',
      'administers the machine',
    ),
    deny('settimeofday clock_settime', 'sets the clock of the machine'),
    deny('sethostname setdomainname', 'names are set by the options hostname and domainname'),
    deny('nfsservctl sysfs uselib ustat _sysctl', 'obsolete, and hardly tested'),

    ...personalities.map(value => allow('personality', [{index: 0, value, op: 'SCMP_CMP_EQ'}])),
    deny('personality', 'other personalities switch protections off, such as the random places of memory'),

    denyIf('ioctl', [{index: 1, value: TIOCSTI, op: 'SCMP_CMP_EQ'}], 'types into the terminal, as if its user did'),
    denyIf('ioctl', [{index: 1, value: TIOCLINUX, op: 'SCMP_CMP_EQ'}], 'pastes into a console of the machine'),
    allow('ioctl'),

    ...[AF_UNIX, AF_INET, AF_INET6].map(value => allow('socket', [{index: 0, value, op: 'SCMP_CMP_EQ'}])),
    allow('socket', [
      {index: 0, value: AF_NETLINK, op: 'SCMP_CMP_EQ'},
      {index: 2, value: NETLINK_AUDIT, op: 'SCMP_CMP_NE'},
    ]),
    deny(
      'socket',
      'other families reach the host (AF_VSOCK), the frames of a network (AF_PACKET) or rarely tested code',
    ),

    // A filter cannot read the flags of clone3. glibc and musl use clone if it does not exist.
    {names: ['clone3'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS'},
  ],
};
