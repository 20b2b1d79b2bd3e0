// Why files inside cannot be read, written, listed, removed or collected.
import {type Cause, type CauseGroup, when} from '../shared/hint.js';

const reading = ['readFile', 'list', 'collect'];
const changing = ['writeFile', 'remove'];
const all = [...reading, ...changing];

/** Causes of the same kind for all functions. */
const cause = (steps: readonly string[], code: string, why: string, advice: string): Cause => ({
  steps,
  code,
  why,
  advice,
});

export const fileCauses: CauseGroup = {
  title: 'Files inside',
  causes: [
    {
      steps: all,
      code: 'ENOSYS',
      syscall: 'openat2',
      why: 'a seccomp filter refuses openat2(2)',
      advice: 'allow it in the profile of the container or service that this process runs in',
    },
    {
      steps: ['writeFile'],
      code: 'EINVAL',
      syscall: 'fchown',
      why: 'the id of the owner is not mapped in the user namespace of the sandbox',
      advice: 'map it with uidMap or gidMap, or leave `uid` and `gid` out',
    },
    {
      steps: ['writeFile'],
      code: 'EPERM',
      syscall: 'fchown',
      why: 'only root inside may give a file to another user',
      advice: "make the sandbox with uidMap: 'root' or 'subids', or leave `uid` and `gid` out",
    },
    {
      steps: all,
      code: 'ELOOP',
      // What lies in /proc/PID/fd and the like is called a magic link.
      applies: ({path = ''}) => when(/^\/proc(\/|$)/.test(path)),
      why: 'the path leads through a link of /proc, such as /proc/self',
      advice: 'name the process by its number',
    },
    cause(
      all,
      'ELOOP',
      'it is a symbolic link, or the path leads through one, which a process inside may have made',
      'name the file itself; list() shows what is a link',
    ),
    cause(
      all,
      'EINVAL',
      'it is a FIFO, a socket or a device, which may block or have effects',
      'use a regular file, or a command inside',
    ),
    cause(['readFile', 'writeFile'], 'EISDIR', 'it is a folder', 'name a file in it; list() shows what is there'),
    cause(['remove'], 'EISDIR', 'the root cannot be removed', 'remove what is in it'),
    cause(['readFile'], 'EFBIG', 'the file is larger than `maxSize`', 'raise the limit, or let a command read parts'),
    cause(
      ['list'],
      'EOVERFLOW',
      'there are more entries than `maxEntries`',
      'raise the limit, or give a narrower `pattern`',
    ),
    cause(
      ['list'],
      'ENAMETOOLONG',
      'a path has more than 4,095 bytes, or leads through more than 100 folders',
      'list a folder further below',
    ),
    cause(all, 'ESTALE', 'another process has replaced the file while it was opened', 'try again'),
    cause(
      all,
      'ETIMEDOUT',
      'it has taken longer than `timeout`: it is too large, a process inside has stopped the worker, or a file system inside does not respond',
      'raise the limit, or close the sandbox',
    ),
    cause(
      all,
      'EPROTO',
      'a process inside, or the kernel for lack of memory, has ended or disturbed the worker that does it',
      'do it while no untrusted process runs as the same user or as root inside, or give the sandbox more memory',
    ),
    cause(
      all,
      'EACCES',
      'the user who does it may not: that of nsinit, or the one in `as`',
      'name a user inside who may, with `as`',
    ),
    cause(['writeFile'], 'ENOENT', 'the folder does not exist inside', 'make it with `recursive: true`'),
    cause(['readFile', 'list', 'remove'], 'ENOENT', 'there is no such path inside', 'list() shows what is there'),
    cause(['writeFile'], 'EEXIST', 'there is such a file, and `exclusive` is set', 'use another name'),
    cause(['remove'], 'ENOTEMPTY', 'the folder is not empty', 'remove what is in it as well: `recursive: true`'),
    cause(changing, 'EBUSY', 'something is mounted there, or below', 'unmount it inside, or change what is mounted'),
    cause(changing, 'EROFS', 'it is mounted read-only inside', 'use a folder that is writable inside'),
  ],
};
