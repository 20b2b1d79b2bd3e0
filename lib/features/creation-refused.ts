// Why the kernel refuses to create namespaces.
import {
  areIdsMapped,
  hasNamespaceType,
  hasOtherChildren,
  hasSeccompFilter,
  isAdministrator,
  isInDeepestPidNamespace,
  isRestrictedByAppArmor,
  isRootWithinMount,
  namespaceLimit,
  status,
  sysctl,
} from '../shared/facts.js';
import {type Blanks, type Cause, type FailedStep, when} from '../shared/hint.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';

export const creationRefused: readonly Cause[] = [
  {
    steps: ['namespaces'],
    code: 'EPERM',
    // Without a step it is unshare(2) of this thread, which cannot make a user namespace.
    applies: failed => when(failed.step === undefined && !wants(failed, 'user') && !isAdministrator()),
    why: 'unshare(2) needs CAP_SYS_ADMIN, which this process lacks',
    advice: 'run as root, or start a command in new namespaces: spawnInNamespace()',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: failed => when(!wants(failed, 'user') && !isAdministrator()),
    why: 'namespaces of other types than user need CAP_SYS_ADMIN, which this process lacks',
    advice: "add 'user' to the namespaces, or grant the capability",
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: failed => when(wants(failed, 'user') && sysctl('kernel/unprivileged_userns_clone') === 0),
    why: 'kernel.unprivileged_userns_clone is 0: only root may make user namespaces',
    advice: 'run `sysctl kernel.unprivileged_userns_clone=1` as root',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: failed => when(wants(failed, 'user') && !areIdsMapped()),
    why: 'the ids of this process are not mapped in its own user namespace, so that it may not make another',
    advice: 'map its uid and gid in the namespace around it',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: failed => when(wants(failed, 'user') && isRestrictedByAppArmor()),
    why: 'AppArmor restricts user namespaces of programs without a profile (kernel.apparmor_restrict_unprivileged_userns is 1)',
    advice:
      'install an AppArmor profile for the node executable with the rule `userns,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: failed => when(wants(failed, 'user') && isRootWithinMount()),
    why: 'this process is in a chroot, where the kernel refuses user namespaces',
    advice: 'run it in a mount namespace with a root of its own (pivot_root(2)) instead of a chroot',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    applies: () => when(hasSeccompFilter()),
    why: 'a seccomp filter of the container or service that this process runs in refuses it',
    advice:
      'allow clone, clone3 and unshare with CLONE_NEW* in its profile (Docker, Podman: --security-opt seccomp=PROFILE or --cap-add SYS_ADMIN; systemd: RestrictNamespaces=no)',
  },
  {
    steps: ['namespaces'],
    code: 'EPERM',
    why: 'the kernel or a security module refuses it',
    advice: 'see the kernel log (dmesg) or the audit log for the module that did',
  },
  {
    steps: ['namespaces'],
    code: 'EACCES',
    why: 'a security module (AppArmor, SELinux) refuses it',
    advice: 'see the kernel log (dmesg) or the audit log, and allow user namespaces in its policy',
  },
  {
    steps: ['namespaces'],
    code: 'ENOSPC',
    applies: failed => limited(failed, 0),
    why: 'user.max_{type}_namespaces is 0: no {type} namespace may be made here',
    advice: 'raise it as root: `sysctl user.max_{type}_namespaces=10000`',
  },
  {
    steps: ['namespaces'],
    code: 'ENOSPC',
    applies: failed => when(wants(failed, 'pid') && isInDeepestPidNamespace()),
    why: 'PID namespaces are already nested 32 deep, which is the maximum',
    advice: 'create this one from a process in an outer namespace',
  },
  {
    steps: ['namespaces'],
    code: 'ENOSPC',
    applies: failed => limited(failed, suspicious),
    why: 'user.max_{type}_namespaces is {limit}, and that many {type} namespaces exist',
    advice:
      'raise it as root, or end the processes that use them; a namespace that has just ended is counted for some milliseconds more',
  },
  {
    steps: ['namespaces'],
    code: 'ENOSPC',
    why: 'a limit of /proc/sys/user/max_*_namespaces is reached, here or in an outer user namespace, or user namespaces are nested 33 deep',
    advice:
      'raise the limit, or end the processes that use them; a namespace that has just ended is counted for some milliseconds more',
  },
  {
    steps: ['namespaces'],
    code: 'EUSERS',
    why: 'user namespaces are already nested 33 deep, which is the maximum',
    advice: 'create this one from a process in an outer namespace',
  },
  {
    steps: ['namespaces'],
    code: 'EINVAL',
    // Without a step it is unshare(2) of this thread. nsinit, which has one thread, is not concerned.
    applies: failed =>
      when(failed.step === undefined && failed.syscall === 'unshare' && wants(failed, 'user') && !isSingleThreaded()),
    why: 'a process of several threads, such as Node, cannot move itself into a new user namespace',
    advice: 'start a command in one: spawnInNamespace(), or clone() with CLONE_NEWUSER',
  },
  {
    steps: ['namespaces'],
    code: 'EINVAL',
    applies: failed => when(wants(failed, 'pid') && hasOtherChildren()),
    why: 'the children of this thread live in another PID namespace than the thread (pid_for_children), from where the kernel makes no further one',
    advice: "move its children back first: setns() of namespawn/sys to the thread's own PID namespace",
  },
  {
    steps: ['namespaces'],
    code: 'EINVAL',
    applies: failed => {
      const type = [...wanted(failed)].find(name => !hasNamespaceType(name));
      return type && {type, config: configs[type]};
    },
    why: 'this kernel has no {type} namespaces: it was built without {config}',
    advice: 'leave the type out, or boot a kernel with it',
  },
  {
    steps: ['namespaces'],
    code: 'EINVAL',
    why: 'the kernel does not know one of these namespaces',
    advice: 'probe() reports which it knows',
  },
  {
    steps: ['namespaces'],
    code: 'ENOSYS',
    why: 'clone3 and clone, or unshare, are refused as unknown: by a seccomp filter, or by a kernel without namespaces',
    advice: 'allow them in the seccomp profile',
  },
];

const isSingleThreaded = (): boolean => status('Threads') === '1';

function wanted({namespaces}: FailedStep): Set<NamespaceType> {
  return new Set(namespaces ?? namespaceTypes);
}

function wants(failed: FailedStep, type: NamespaceType): boolean {
  return failed.namespaces === undefined || wanted(failed).has(type);
}

/** Finds the first requested type whose limit in this user namespace is at most `max`. */
function limited(failed: FailedStep, max: number): Blanks | undefined {
  for (const type of wanted(failed)) {
    const limit = namespaceLimit(type);
    if (limit !== undefined && limit <= max) return {type, limit};
  }
  return undefined;
}

// The default limits of a host are tens of thousands. A lower limit than this was set on purpose, and is probably the cause.
const suspicious = 1000;

const configs: Record<NamespaceType, string> = {
  cgroup: 'CONFIG_CGROUPS',
  ipc: 'CONFIG_IPC_NS',
  mnt: 'CONFIG_NAMESPACES',
  net: 'CONFIG_NET_NS',
  pid: 'CONFIG_PID_NS',
  time: 'CONFIG_TIME_NS (Linux 5.6)',
  user: 'CONFIG_USER_NS',
  uts: 'CONFIG_UTS_NS',
};
