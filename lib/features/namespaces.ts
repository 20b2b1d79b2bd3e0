// The option `namespaces`: which namespaces are created.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {
  areIdsMapped,
  hasNamespaceType,
  hasSeccompFilter,
  isAdministrator,
  isRestrictedByAppArmor,
  namespaceLimit,
  pidDepth,
  sysctl,
} from '../shared/facts.js';
import {type Blanks, type FailedStep, when} from '../shared/hint.js';
import {listed} from '../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {isGiven} from '../shared/validate.js';
import {setupFeature} from './feature.js';

/**
 * Which namespaces a command gets. An array names the types to create; in an object each type is 'new' or 'inherit', and
 * a type left out is inherited.
 */
export type NamespacesOption = readonly NamespaceType[] | {readonly [T in NamespaceType]?: 'new' | 'inherit'};

export interface NamespacesOptions {
  /**
   * The namespaces to create. Default ['pid', 'mnt'].
   *
   * Privilege: CAP_SYS_ADMIN. Where the caller lacks it and says nothing of 'user', a user namespace is added, in which
   * the caller's own ids are mapped to themselves. 'time' needs Linux 5.6.
   */
  namespaces?: NamespacesOption | undefined;
}

export const namespaces = setupFeature<NamespacesOptions>({
  title: 'Creating namespaces',
  examples: {namespaces: ['ipc']},
  write(operations, _, base) {
    // Node's clone has created the user and PID namespaces, because nsinit is to be in them.
    const unshared = [...base.namespaces].filter(type => type !== 'user' && type !== 'pid');
    if (unshared.length > 0) operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(unshared)]);
  },
  causes: [
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
      applies: () => when(hasSeccompFilter()),
      why: 'a seccomp filter of the container or service that this process runs in refuses it',
      advice:
        'allow clone, clone3 and unshare with CLONE_NEW* in its profile (Docker, Podman: --security-opt seccomp=PROFILE or --cap-add SYS_ADMIN; systemd: RestrictNamespaces=no)',
    },
    {
      steps: ['namespaces'],
      code: 'EPERM',
      why: 'the kernel or a security module refuses it, as it does to a process in a chroot',
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
      applies: failed => when(wants(failed, 'pid') && pidDepth() >= deepest),
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
  ],
});

/** Returns the CLONE_NEW* of types. */
export function cloneMask(types: Iterable<NamespaceType>): number {
  const {namespaces: flags} = native().protocol;
  let mask = 0;
  for (const type of types) mask += flags[type]!;
  return mask;
}

/** The default: a PID namespace, and a mount namespace for its own /proc. */
const defaultTypes: readonly NamespaceType[] = ['pid', 'mnt'];

/**
 * The types to create.
 * @param option - what the user gave
 * @param isPrivileged - whether the caller may create namespaces without a user namespace
 */
export function resolveNamespaces(option: unknown, isPrivileged: boolean): Set<NamespaceType> {
  const {types, saysUser} = readNamespaces(option);
  // An ordinary user may create any namespace, but in a user namespace of its own.
  if (types.size > 0 && !isPrivileged && !saysUser) types.add('user');
  return types;
}

function readNamespaces(option: unknown): {types: Set<NamespaceType>; saysUser: boolean} {
  if (!isGiven(option)) return {types: new Set(defaultTypes), saysUser: false};
  if (Array.isArray(option)) {
    option.forEach((type, index) => {
      checkType(type, `options.namespaces[${index}]`);
    });
    return {types: new Set(option as NamespaceType[]), saysUser: option.includes('user')};
  }
  if (typeof option !== 'object') {
    throw invalidArgType('options.namespaces', 'an array of namespace types or an object', option);
  }
  const types = new Set<NamespaceType>();
  for (const [type, value] of Object.entries(option)) {
    checkType(type, 'options.namespaces');
    if (value === 'new') types.add(type as NamespaceType);
    else if (value !== 'inherit' && isGiven(value)) {
      throw invalidArgValue(`options.namespaces.${type}`, value, "must be 'new' or 'inherit'");
    }
  }
  return {types, saysUser: isGiven(own(option as {user?: unknown}).user)};
}

function checkType(type: unknown, name: string): void {
  if (isNamespaceType(type)) return;
  throw invalidArgValue(name, type, `must be one of ${listed(namespaceTypes, type)}`);
}

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

/** The maximum nesting depth of PID namespaces: MAX_PID_NS_LEVEL of the kernel. */
const deepest = 32;

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
