// Causes that belong to no feature: of nsinit itself, of starting and ending processes, and those that any step can have.

import {hasSeccompFilter, sysctl} from '../shared/facts.js';
import {type CauseGroup, when} from '../shared/hint.js';
import {native} from '../shared/native.js';
import {fullCgroup, reachedProcessLimit} from '../shared/process-facts.js';
import {enterCauses} from './enter-causes.js';

/** The steps in which processes are started, or the thread that waits for them ('channel'). */
const processes = ['namespaces', 'init', 'command', 'channel'];

import {fileCauses} from './file-causes.js';
import {keeping} from './keeping-causes.js';

/** In the order in which they are checked: a cause that any step can have comes last. */
export const sharedCauses: readonly CauseGroup[] = [
  {
    title: 'Starting a process',
    causes: [
      {
        steps: processes,
        code: 'EAGAIN',
        applies: fullCgroup,
        why: 'the cgroup {path} holds as many processes as its pids.max allows, {limit}',
        advice: 'raise pids.max (Docker: --pids-limit; systemd: TasksMax), or end some of them',
      },
      {
        steps: processes,
        code: 'EAGAIN',
        applies: reachedProcessLimit,
        why: 'user {uid} has as many processes and threads as RLIMIT_NPROC allows, {limit}',
        advice: 'raise the limit (ulimit -u, or /etc/security/limits.conf), or end some of them',
      },
      {
        steps: processes,
        code: 'EAGAIN',
        why: 'the system has as many processes as kernel.pid_max or kernel.threads-max allows, or this user as many as RLIMIT_NPROC, with those that are not visible here',
        advice: 'raise the limits, or end some processes',
      },
      {
        steps: ['namespaces', 'command'],
        code: 'ENOMEM',
        why: 'memory ran out, or the PID namespace has lost its init and accepts no new process',
        advice: 'create a new PID namespace',
      },
    ],
  },
  {
    title: 'Starting nsinit',
    causes: [
      {
        steps: ['init'],
        code: 'EACCES',
        applies: () => {
          const value = sysctl('vm/memfd_noexec');
          return value ? {value} : undefined;
        },
        why: 'vm.memfd_noexec is {value}, which forbids executable memfds, and the file nsinit beside the addon cannot be executed either',
        advice: 'set vm.memfd_noexec to 0 or 1, or make that file readable and executable',
      },
      {
        steps: ['init'],
        code: 'EACCES',
        why: 'nsinit may not be executed here: a security module forbids it',
        advice: 'see the kernel log (dmesg) or the audit log',
      },
      {
        steps: ['init'],
        code: 'ENOSYS',
        why: 'the kernel is too old (close_range with CLOSE_RANGE_CLOEXEC is of Linux 5.11), or a seccomp filter refuses one of its system calls',
        advice: 'use Linux 5.11 or newer, and allow close_range, execveat and memfd_create in the seccomp profile',
      },
      {
        steps: ['init'],
        code: 'EPERM',
        applies: () => when(hasSeccompFilter()),
        why: 'a seccomp filter refuses one of its system calls, as the profile of an old container runtime does with those that it does not know',
        advice:
          'allow close_range, execveat and memfd_create in the seccomp profile (Docker, Podman: a newer runc and libseccomp, or --security-opt seccomp=PROFILE)',
      },
      {
        steps: ['init'],
        code: 'EPERM',
        why: 'nsinit may not be executed here: the kernel or a security module forbids it',
        advice: 'see the kernel log (dmesg) or the audit log',
      },
      {
        steps: ['init'],
        code: 'EPROTO',
        why: 'nsinit and this process do not speak the same protocol, or a process in the namespace has taken nsinit over',
        advice: 'reinstall the package, so that the addon and the JavaScript are of one version',
      },
      {
        steps: ['init'],
        code: 'EIO',
        why: 'the kernel refuses nsinit a system call that it cannot do without, and even the report of it',
        advice: 'look for a seccomp filter, or a lack of memory',
      },
      {
        steps: ['init'],
        code: 'EMFILE',
        syscall: 'recvmsg',
        why: "nsinit's RLIMIT_NOFILE leaves no room for the descriptors of the command; a command with the same user id can lower it (prlimit(2))",
        advice: 'raise the limit (ulimit -n), or make a new sandbox where a command of it has lowered the limit',
      },
    ],
  },
  {
    title: 'Communicating with nsinit',
    causes: [
      {
        steps: ['channel'],
        code: 'EPERM',
        applies: () => when(hasSeccompFilter()),
        why: 'a seccomp filter refuses a system call by which this process communicates with nsinit',
        advice: 'allow it in its profile',
      },
    ],
  },
  {
    title: 'The last PID of a sandbox',
    causes: [
      {
        steps: ['lastPid'],
        code: 'ENOENT',
        why: 'there is no /proc inside, or a kernel without CONFIG_CHECKPOINT_RESTORE',
        advice: "create the sandbox with 'mnt' and 'pid' among its namespaces, so that it gets a /proc",
      },
      {
        steps: ['lastPid'],
        code: 'EPERM',
        why: 'setting it needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the user namespace that owns the PID namespace',
        advice: "create a PID namespace with the sandbox: 'pid' among its namespaces",
      },
      {
        steps: ['lastPid'],
        code: 'EIO',
        why: 'a command of the sandbox has mounted something else on the file',
        advice: 'make a new sandbox',
      },
      {
        steps: ['lastPid'],
        code: 'ETIMEDOUT',
        why: 'nsinit has done nothing for three seconds: somebody has stopped it, or it waits for a file system that does not answer',
        advice: 'end the sandbox, or continue nsinit (SIGCONT)',
      },
    ],
  },
  {
    title: 'Ending the command',
    causes: [
      {
        steps: ['kill'],
        code: 'EPERM',
        why: 'this process may not signal nsinit, since it has changed its user id or a seccomp filter refuses pidfd_send_signal, and nsinit does not read what it is sent',
        advice: 'kill nsinit as root, by its `pid`, and end commands before you drop privileges',
      },
    ],
  },
  enterCauses,
  {
    title: 'Opening a namespace or process',
    causes: [
      {
        steps: ['source.socket'],
        code: 'EPERM',
        why: 'it needs CAP_NET_ADMIN in the user namespace that owns the network namespace of the socket',
        advice: 'run as root, or as the user who made that user namespace',
      },
      {
        steps: ['source.socket'],
        code: 'ENOTTY',
        why: 'the descriptor is no socket',
        advice: 'pass the descriptor of a socket',
      },
      {
        steps: ['source.uniqueId'],
        code: 'ESTALE',
        why: 'there is no such namespace any more, or the kernel is older than Linux 6.18',
        advice: 'keep a namespace by a handle',
      },
      {
        steps: ['source.uniqueId'],
        code: 'EPERM',
        why: "the namespace is not the caller's own, which needs CAP_SYS_ADMIN in the user namespace that owns it",
        advice: 'run as root',
      },
      ...(['EACCES', 'EPERM'] as const).map(code => ({
        steps: ['source'],
        code,
        why: 'the process belongs to another user, or is not dumpable',
        advice: 'inspecting it needs CAP_SYS_PTRACE',
      })),
      {
        steps: ['source'],
        code: 'ESRCH',
        why: 'there is no such process, or it has ended',
        advice: 'use the PID of a running process, in the PID namespace of the caller',
      },
    ],
  },
  keeping,
  fileCauses,
  {
    title: 'Functions and sockets in other namespaces',
    causes: [
      {
        steps: ['withNamespace', 'socket'],
        code: 'EPERM',
        syscall: 'setns',
        why: 'entering a namespace needs CAP_SYS_ADMIN in the user namespace that owns it and in that of the caller',
        advice:
          'run as root; a socket can also be made in a net namespace that belongs to a user namespace of the caller',
      },
      {
        steps: ['socket'],
        code: 'EADDRNOTAVAIL',
        why: 'no interface of the net namespace has the address',
        advice: 'give it one (ip address add), or leave out `host`',
      },
      {
        steps: ['withNamespace', 'socket'],
        code: 'EINVAL',
        syscall: 'setns',
        why: 'the descriptor is not of a namespace of that type',
        advice: 'use a handle of openNamespace()',
      },
    ],
  },
  {
    title: 'Any step',
    causes: [
      ...(['EPERM', 'EACCES'] as const).map(code => ({
        steps: ['*'],
        code,
        applies: () => when(native().isLandlocked()),
        why: 'Landlock restricts this process: it forbids every mount, and access to files that no rule allows',
        advice: 'start this process without Landlock, or start it before the rules apply (landlock(7))',
      })),
      {
        steps: ['*'],
        code: 'EFBIG',
        why: "a file in memory would be larger than this process's RLIMIT_FSIZE: a command line and environment of more than 64 KB pass through one",
        advice: 'raise the limit (ulimit -f) and set it for the command alone (rlimits.fsize), or pass less',
      },
      {
        steps: ['*'],
        code: 'EMFILE',
        why: 'this process has as many descriptors open as RLIMIT_NOFILE allows',
        advice: 'close some, or raise the limit (ulimit -n)',
      },
      {
        steps: ['*'],
        code: 'ENFILE',
        why: 'the system has as many files open as fs.file-max allows',
        advice: 'raise it, or end the processes that use them',
      },
      {
        steps: ['*'],
        code: 'ETOOMANYREFS',
        why: 'too many descriptors of this user are in transit between processes',
        advice: 'start fewer commands at a time, or raise RLIMIT_NOFILE (ulimit -n)',
      },
      {
        steps: ['*'],
        code: 'ENOMEM',
        why: 'memory ran out, or a limit of it is reached (RLIMIT_AS, memory.max)',
        advice: 'raise the limit, or start fewer commands at a time',
      },
    ],
  },
];
