// Why the id maps of a user namespace cannot be written.
import {hasCapability, isRestrictedByAppArmor, seamWithin} from '../shared/facts.js';
import {type Cause, type FailedStep, readOnlyProc, when} from '../shared/hint.js';

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
    applies: ({step, ids = []}) => {
      for (const {hostId, size} of ids) {
        const seam = seamWithin(typeOf(step), hostId, size);
        if (seam !== undefined) return {first: hostId, last: hostId + size - 1, seam};
      }
      return undefined;
    },
    why: "the ids {first} to {last} outside lie in two ranges of this process's own map, and a mapping must lie within one",
    advice: 'split the mapping into two, of which the second begins with the id {seam} outside',
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

const typeOf = (step: string | undefined): 'uid' | 'gid' => (step === 'uidMap' ? 'uid' : 'gid');

/** Returns whether this process may map other ids than its own. */
export function mayMapOthers({step}: Pick<FailedStep, 'step'>): boolean {
  return hasCapability(step === 'uidMap' ? 'CAP_SETUID' : 'CAP_SETGID');
}
