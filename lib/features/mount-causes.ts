// Why mounts fail.
import {hasSeccompFilter, hiddenProc, isRestrictedByAppArmor} from '../shared/facts.js';
import {type Cause, when} from '../shared/hint.js';
import {native} from '../shared/native.js';

const steps = ['mounts', 'root'];

/** The same cause for several system calls. */
const inEach = (syscalls: readonly string[], cause: Omit<Cause, 'syscall'>): Cause[] =>
  syscalls.map(syscall => ({...cause, syscall}));

const opening = ['open_tree', 'openat'];

/** Causes of the sources. */
const ofSources: Cause[] = [
  ...inEach(opening, {
    steps,
    code: 'ENOENT',
    applies: ({path}) => when(path === '/dev/fuse'),
    why: 'this machine has no /dev/fuse',
    advice: 'load the kernel module fuse (modprobe fuse), or set optional: true',
  }),
  ...inEach(opening, {
    steps,
    code: 'ENOENT',
    why: 'the source does not exist, as the caller sees it before anything is mounted',
    advice: 'create it, or set optional: true to leave the entry out',
  }),
  ...inEach(opening, {
    steps,
    code: 'ENOTDIR',
    why: 'the source, or a part of its path, is not a directory',
    advice: 'name a directory',
  }),
  ...inEach(opening, {
    steps,
    code: 'EACCES',
    why: 'the caller may not reach the source',
    advice: 'change the mode of its directories: namespaces give no further rights to files',
  }),
  {
    steps,
    code: 'EINVAL',
    syscall: 'open_tree',
    why: 'the kernel clones no part of a tree that hides something, or a mount that is unbindable',
    advice:
      'leave out `recursive: false`: in a user namespace a folder with mounts below it can be bound only with them',
  },
  {
    steps,
    code: 'ESTALE',
    why: 'the path of the descriptor leads to another file: something has been mounted over it, or it has been replaced',
    advice: 'open the file again, or name its path',
  },
  {
    steps,
    code: 'EINVAL',
    syscall: 'readlinkat',
    why: 'the descriptor belongs to something without a path, such as a pipe, a socket or a memfd',
    advice: "use a file with a path, or `type: 'file'` with the content",
  },
  {
    steps,
    code: 'EBUSY',
    syscall: 'flock',
    why: 'another overlay uses this directory as `upper` or `work`, and the result of two of them would be undefined',
    advice: 'wait until the other has ended, or use another directory',
  },
];

/** Causes of the destinations. */
const ofDestinations: Cause[] = [
  {
    steps,
    code: 'EROFS',
    why: 'the destination does not exist, and nothing is made in a directory of the host or in a read-only one',
    advice:
      'create it there, mount a tmpfs or an overlay above it, or use a destination that exists; a prepared root has to name it itself',
  },
  {
    steps,
    code: 'ELOOP',
    syscall: 'openat2',
    why: 'the destination is a symbolic link, or leads through one, and links are not followed because others could change them',
    advice: 'name the path that it leads to',
  },
  {
    steps,
    code: 'ENOENT',
    syscall: 'openat2',
    why: 'the destination does not exist',
    advice: 'set optional: true if it need not exist',
  },
  {
    steps,
    code: 'EACCES',
    syscall: 'openat2',
    why: 'the user of the command, to which the id maps lead, may not reach the destination in the root',
    advice: 'change the mode of its directories, or mount an empty directory above it',
  },
  {
    steps,
    code: 'ENOTDIR',
    why: 'a directory can be mounted only on a directory, and a file only on a file',
    advice: 'name a destination of the same kind',
  },
  ...inEach(['mkdirat', 'symlinkat'], {
    steps,
    code: 'EEXIST',
    why: 'something else is there already',
    advice: 'use another destination, or leave the entry out',
  }),
  {
    steps,
    code: 'ENOSPC',
    syscall: 'move_mount',
    why: 'the mount namespace has as many mounts as the kernel allows (sysctl fs.mount-max)',
    advice: 'bind a folder above them instead of each, or raise the limit as root',
  },
  ...inEach(['write', 'openat', 'mkdirat', 'symlinkat'], {
    steps,
    code: 'ENOSPC',
    why: 'the file system is full: its size, the number of its files, or a quota',
    advice: 'raise `size` or `inodes` of the tmpfs, or make room',
  }),
];

/** Causes of new file systems. */
const ofFileSystems: Cause[] = [
  ...inEach(['fsmount'], {
    steps: [...steps, 'mountProc'],
    code: 'EPERM',
    applies: () => {
      const hidden = hiddenProc();
      return hidden === undefined ? undefined : {hidden};
    },
    why: 'a new procfs would show what is hidden here ({hidden}), which the kernel allows to real root only',
    advice:
      'give the container an unmasked /proc (Docker, Podman: --security-opt systempaths=unconfined; Kubernetes: procMount: Unmasked), or leave it out',
  }),
  {
    steps,
    code: 'EPERM',
    syscall: 'fsmount',
    why: 'a new procfs or sysfs would show what is hidden here, by mounts over a part of it or because it is read-only',
    advice: 'set optional: true, or bind the one of the host',
  },
  ...inEach(['fsopen', 'fsconfig'], {
    steps,
    code: 'EPERM',
    why: 'the user namespace of the command does not own the namespace that this file system shows',
    advice: "add it to the namespaces: 'pid' for proc, 'net' for sysfs, 'ipc' for mqueue, 'cgroup' for cgroup2",
  }),
  {
    steps,
    code: 'ENODEV',
    syscall: 'fsopen',
    why: 'this kernel does not have this type of file system',
    advice: 'load its module as root (modprobe overlay), or set optional: true',
  },
  {
    steps,
    code: 'EINVAL',
    syscall: 'fsconfig',
    why: 'the kernel takes no such parameter, or an overlay cannot be made of these directories: in a user namespace a lower one must have no mounts below it, and `work` must be of the file system of `upper`',
    advice: 'overlay /usr, /etc and so on one by one instead of /, and see the kernel log (dmesg)',
  },
  ...inEach(['fsconfig', 'fsmount'], {
    steps,
    code: 'EIO',
    why: 'the overlay cannot write its marks: before Linux 6.6 a tmpfs has no user.* attributes',
    advice: 'give an `upper` and a `work` directory on another file system',
  }),
  {
    steps,
    code: 'ELOOP',
    syscall: 'fsconfig',
    why: 'an overlay of overlays of overlays is too deep for the kernel, or directories of the overlay contain each other',
    advice: 'use directories that are not on an overlay',
  },
  {
    steps,
    code: 'ENOSYS',
    syscall: 'mount_setattr',
    why: 'read-only binds and other attributes need Linux 5.12',
    advice: 'leave out the attributes, or use a newer kernel',
  },
  {
    steps: ['root'],
    code: 'EINVAL',
    syscall: 'pivot_root',
    why: 'the root of this process is a directory within a mount (chroot(2)), or the first root of the system (initramfs), which cannot be replaced',
    advice: "use root: 'host' or 'readonly', or make the root a mount before the chroot",
  },
];

/** Why any mount is refused. */
const ofAny: Cause[] = [
  {
    steps,
    code: 'EPERM',
    applies: () => when(native().isLandlocked()),
    why: 'Landlock restricts this process, and forbids every mount',
    advice: 'start this process without Landlock (landlock(7)): no namespace helps',
  },
  {
    steps,
    code: 'EPERM',
    applies: () => when(isRestrictedByAppArmor()),
    why: 'AppArmor refuses to mount',
    advice: 'install an AppArmor profile for the node executable with the rules `userns,` and `mount,`',
  },
  ...['EPERM', 'ENOSYS'].map<Cause>(code => ({
    steps,
    code,
    applies: () => when(hasSeccompFilter()),
    why: 'a seccomp filter of the container or service that this process runs in refuses the call',
    advice: 'allow the calls of the mount API in its profile (Docker, Podman: --security-opt seccomp=PROFILE)',
  })),
  {
    steps,
    code: 'E2BIG',
    why: 'there are too many sources or file systems: nsinit keeps 4,096 and 1,024 of them',
    advice: 'bind a folder above them instead of each',
  },
];

export const mountCauses: readonly Cause[] = [...ofSources, ...ofDestinations, ...ofFileSystems, ...ofAny];

/** The causes of `root` are those of `mounts`, which name both steps. */
export const rootCauses: readonly Cause[] = [];
