// Why the id maps of a user namespace cannot be written.
import {hasCapability, isRestrictedByAppArmor, status} from '../shared/facts.js';
import {type Cause, type FailedStep, type HostIds, readOnlyProc, when} from '../shared/hint.js';
import {callerName, mapProgram, modeOfProgram, subordinateFile, subordinateRanges} from '../shared/subordinate-ids.js';

const maps = ['uidMap', 'gidMap', 'setgroups'];

export const idMapCauses: readonly Cause[] = [
  ...(['EPERM', 'EACCES'] as const).map(code => ({
    steps: maps,
    code,
    applies: () => when(isRestrictedByAppArmor()),
    why: 'AppArmor lets a program without a profile make a user namespace, but nothing in it (kernel.apparmor_restrict_unprivileged_userns is 1)',
    advice:
      'install an AppArmor profile for the node executable with the rule `userns,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
  })),
  ...(['uid', 'gid'] as const).flatMap(type => programCauses(type)),
  {
    steps: ['uidMap'],
    code: 'EPERM',
    // Whoever may set ids could otherwise write file capabilities that hold outside: Linux 5.12.
    applies: ({ids = []}) => when(ids.some(({hostId}) => hostId === 0) && !hasCapability('CAP_SETFCAP')),
    why: 'mapping user 0 of the caller needs CAP_SETFCAP (Linux 5.12), which this process lacks',
    advice: 'grant it (Docker, Podman: --cap-add SETFCAP; systemd: CapabilityBoundingSet=), or map other users',
  },
  {
    steps: maps,
    code: 'EPERM',
    applies: failed => when(!mayMapOthers(failed)),
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
  readOnlyProc(maps),
  {
    steps: maps,
    code: 'ENOENT',
    why: 'there is no /proc here to write the map to',
    advice: 'mount /proc',
  },
];

// Hoisted: the table above needs it.
function programCauses(type: 'uid' | 'gid'): Cause[] {
  const failed = {steps: [`${type}Map`], syscall: mapProgram[type]};
  return [
    {
      ...failed,
      code: 'EPERM',
      applies: () => when(modeOfProgram(mapProgram[type]) === undefined),
      why: `there is no program ${mapProgram[type]} along PATH, which maps the ids of an ordinary user`,
      advice: 'install it (Debian, Ubuntu: the package uidmap; Fedora: shadow-utils-subid; Alpine: shadow-subids)',
    },
    {
      ...failed,
      code: 'EPERM',
      applies: () => when(status('NoNewPrivs') === '1'),
      why: 'this process has no_new_privs set, which makes set-user-ID programs ineffective',
      advice: 'start it without that (systemd: NoNewPrivileges=no; Docker: without no-new-privileges)',
    },
    {
      ...failed,
      code: 'EPERM',
      applies: ({ids = []}) => {
        const missing = ids.find(range => !isSubordinate(type, range));
        return missing && {first: missing.hostId, last: missing.hostId + missing.size - 1, name: callerName()};
      },
      why: `${subordinateFile[type]} does not give the ids {first} to {last} to the user {name}`,
      advice: `add a range that contains them (usermod --add-sub${type}s FIRST-LAST {name}), or map other ids`,
    },
    {
      ...failed,
      code: 'EPERM',
      applies: () => when((modeOfProgram(mapProgram[type])! & 0o4000) === 0),
      why: `${mapProgram[type]} has no set-user-ID bit`,
      advice: `install it anew, or run \`chmod u+s\` on it as root`,
    },
    {
      ...failed,
      code: 'EPERM',
      // Verified by the name of the program, so that it comes before what is said of the kernel.
      applies: () => when(true),
      why: `${mapProgram[type]} has refused the map: it takes callers only that passwd(5) lists, with that group`,
      advice: `see what \`${mapProgram[type]}\` prints for the PID of a process that waits in a new user namespace`,
    },
  ];
}

function isSubordinate(type: 'uid' | 'gid', {hostId, size}: HostIds): boolean {
  const own = type === 'uid' ? process.getuid!() : process.getgid!();
  if (hostId === own && size === 1) return true;
  return subordinateRanges(type).some(range => hostId >= range.hostId && hostId + size <= range.hostId + range.size);
}

/** Returns whether this process may map other ids than its own. */
export function mayMapOthers({step}: Pick<FailedStep, 'step'>): boolean {
  return hasCapability(step === 'uidMap' ? 'CAP_SETUID' : 'CAP_SETGID');
}
