// Why a namespace cannot be kept by a mount, or released.
import {hasSeccompFilter, isAdministrator} from '../shared/facts.js';
import {type Cause, type CauseGroup, when} from '../shared/hint.js';

const steps = ['persist', 'release', 'netns'];

const refused: readonly Cause[] = [
  {
    steps,
    code: 'EPERM',
    applies: () => when(isAdministrator() && hasSeccompFilter()),
    why: 'a seccomp filter of the container or service that this process runs in refuses it',
    advice: 'allow open_tree, move_mount and umount2 in its profile (Docker, Podman: --security-opt seccomp=PROFILE)',
  },
  {
    steps,
    code: 'EPERM',
    why: "mounting needs CAP_SYS_ADMIN in the user namespace that owns the caller's mount namespace",
    advice: 'run as root, or in a user and a mount namespace of your own',
  },
];

export const keeping: CauseGroup = {
  title: 'Keeping a namespace',
  causes: [
    ...refused,
    {
      steps: ['persist'],
      code: 'EINVAL',
      applies: ({namespaces}) => when([...(namespaces ?? [])].includes('mnt')),
      why: 'a mount namespace is not kept on a mount point that is shared, since the kernel would have to mount it elsewhere as well',
      advice: 'make a private mount point first: mount --bind DIRECTORY DIRECTORY && mount --make-private DIRECTORY',
    },
    {
      steps: ['persist'],
      code: 'ELOOP',
      why: "the mount namespace is not younger than the caller's own, and would keep itself",
      advice: 'keep it from the mount namespace in which it was made',
    },
    {
      steps: ['persist'],
      code: 'EINVAL',
      why: "the path is outside of the caller's mount namespace or of its root",
      advice: 'name a file that the caller sees at that path',
    },
    {
      steps: ['persist'],
      code: 'EEXIST',
      why: 'there is such a file already, or a namespace is kept there',
      advice: 'release it (releaseNamespace) or use another path',
    },
    {
      steps: ['persist'],
      code: 'EISDIR',
      why: 'it is a directory',
      advice: 'name a file',
    },
    {
      steps: ['persist'],
      code: 'ENOENT',
      why: 'the directory of the file does not exist',
      advice: 'create it first',
    },
    {
      steps: ['persist'],
      code: 'EACCES',
      why: 'this user may not create the file',
      advice: 'use a directory of its own',
    },
    {
      steps: ['persist'],
      code: 'ENOSYS',
      why: 'the kernel is older than Linux 5.2, or a seccomp filter refuses open_tree and move_mount',
      advice: 'allow them in the seccomp profile',
    },
    {
      steps: ['release'],
      code: 'EINVAL',
      why: 'no namespace is mounted there',
      advice: 'listNamespaces() has the paths at which namespaces are mounted (`mounts`)',
    },
    {
      steps: ['release'],
      code: 'ENOENT',
      why: 'there is no such file',
      advice: 'listNamespaces() has the paths at which namespaces are mounted (`mounts`)',
    },
    {
      steps: ['netns'],
      code: 'ENOENT',
      why: 'no network namespace has this name',
      advice: 'netns.list() has the names',
    },
    {
      steps: ['netns'],
      code: 'EACCES',
      why: 'this user may not change /run/netns',
      advice: 'run as root, or in a user and a mount namespace of your own with a tmpfs on /run',
    },
    {
      steps: ['netns.id'],
      code: 'EEXIST',
      why: 'the network namespace has an id already, or another one has this id',
      advice: "use the id that it has (netns.list()), or 'auto'",
    },
    {
      steps: ['release'],
      code: 'EBUSY',
      why: 'the namespace is unmounted, but something else is mounted on the file',
      advice: 'see /proc/self/mountinfo',
    },
  ],
};
