// Causes for which id maps, ids of the command, or settings of the namespaces cannot be set.
import {isAdministrator} from '../facts.js';
import type {Blanks, Cause} from './hint.js';
import {isRestrictedByAppArmor} from './namespace-causes.js';

const when = (condition: boolean): Blanks | undefined => (condition ? {} : undefined);
const maps = ['uidMap', 'gidMap', 'setgroups'];

export const userCauses: readonly Cause[] = [
  ...(['EPERM', 'EACCES'] as const).map(code => ({
    steps: maps,
    code,
    applies: () => when(isRestrictedByAppArmor()),
    why: 'AppArmor lets a program without a profile make a user namespace, but nothing in it (kernel.apparmor_restrict_unprivileged_userns is 1)',
    advice:
      'install an AppArmor profile for the node executable with the rule `userns,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
  })),
  {
    steps: maps,
    code: 'EPERM',
    applies: () => when(!isAdministrator()),
    why: "without CAP_SETUID and CAP_SETGID only the caller's own id may be mapped, and a gid only with setgroups: 'deny'",
    advice: "use 'root' or 'identity', or run with these capabilities",
  },
  {
    steps: maps,
    code: 'EPERM',
    why: "a mapped host id is not mapped in the caller's own user namespace, or a capability is missing there",
    advice: 'see /proc/self/uid_map and gid_map for the ids that are mapped',
  },
  {
    steps: maps,
    code: 'EACCES',
    why: 'this process or nsinit is not dumpable, or /proc shows another PID namespace',
    advice: 'mount a /proc of this PID namespace',
  },
  {
    steps: maps,
    code: 'EINVAL',
    why: 'the kernel refuses the map: ranges overlap, or there are more ranges than it allows',
    advice: 'see user_namespaces(7)',
  },
  {
    steps: [...maps, 'timeOffsets'],
    code: 'EROFS',
    why: '/proc is mounted read-only, so that what belongs to a new namespace cannot be written',
    advice: 'mount a writable /proc (Docker, Podman: --security-opt systempaths=unconfined)',
  },
  {
    steps: maps,
    code: 'ENOENT',
    why: 'there is no /proc here to write the map to',
    advice: 'mount /proc',
  },
  {
    steps: ['uid', 'gid', 'groups'],
    code: 'EPERM',
    why: 'taking other ids needs CAP_SETUID and CAP_SETGID, and in a user namespace with setgroups: deny groups cannot be set',
    advice: "run as root, or in a user namespace with uidMap: 'root' and without `groups`",
  },
  {
    steps: ['uid', 'gid', 'groups'],
    code: 'EINVAL',
    why: 'the id is not mapped in the user namespace of the command',
    advice: 'map it with uidMap or gidMap',
  },
  {
    steps: ['uid'],
    code: 'EAGAIN',
    why: 'that user has as many processes as its RLIMIT_NPROC allows',
    advice: 'raise the limit, or end some of them',
  },
  {
    steps: ['hostname', 'domainname', 'loopback'],
    code: 'EPERM',
    why: 'it needs a capability in the user namespace that owns the namespace',
    advice: "add 'user' to the namespaces",
  },
  {
    steps: ['timeOffsets'],
    code: 'ERANGE',
    why: 'a clock would be negative or beyond 146 years',
    advice: 'use a smaller offset',
  },
  {
    steps: ['timeOffsets'],
    code: 'EPERM',
    why: 'setting clocks needs CAP_SYS_TIME in the user namespace that owns the time namespace',
    advice: "add 'user' to the namespaces",
  },
  {
    steps: ['rlimits'],
    code: 'EPERM',
    why: 'only CAP_SYS_RESOURCE may raise a hard limit',
    advice: "keep it at or below this process's own hard limit",
  },
];
