// Causes for which nsinit or the command cannot be started, and causes that any step can have.
import {sysctl} from '../facts.js';
import type {Cause} from './hint.js';

export const commandCauses: readonly Cause[] = [
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
  {
    steps: ['kill'],
    code: 'EPERM',
    why: 'this process may not signal nsinit, since it has changed its user id or a seccomp filter refuses pidfd_send_signal, and nsinit does not read what it is sent',
    advice: 'kill nsinit as root, by its `pid`, and end commands before you drop privileges',
  },
  {
    steps: ['cwd'],
    code: 'ENOENT',
    why: 'the working directory does not exist',
    advice: 'create it, or use another: {path}',
    applies: ({path = ''}) => ({path}),
  },
  {
    steps: ['cwd'],
    code: 'ENOTDIR',
    why: 'the working directory is not a directory',
    advice: 'name another: {path}',
    applies: ({path = ''}) => ({path}),
  },
  {
    steps: ['cwd'],
    code: 'EACCES',
    why: 'this user may not enter the working directory',
    advice: 'change its mode, or name another: {path}',
    applies: ({path = ''}) => ({path}),
  },
  {
    steps: ['stdio'],
    code: 'EBADF',
    why: 'a descriptor in stdio is not open',
    advice: 'keep it open until the call has returned',
  },
  {
    steps: ['newSession', 'detached'],
    code: 'EPERM',
    why: 'the process leads a process group already',
    advice: 'set newSession: false',
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
];
