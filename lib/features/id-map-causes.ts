// Causes for which the kernel refuses an id map.
import {isAdministrator, isRestrictedByAppArmor} from '../shared/facts.js';
import {type Cause, readOnlyProc, when} from '../shared/hint.js';

/** Returns the causes for which writing the id maps fails in the steps. */
export function idMapCauses(steps: readonly string[]): Cause[] {
  return [
    ...(['EPERM', 'EACCES'] as const).map(code => ({
      steps,
      code,
      applies: () => when(isRestrictedByAppArmor()),
      why: 'AppArmor lets a program without a profile make a user namespace, but nothing in it (kernel.apparmor_restrict_unprivileged_userns is 1)',
      advice:
        'install an AppArmor profile for the node executable with the rule `userns,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
    })),
    {
      steps,
      code: 'EPERM',
      applies: () => when(!isAdministrator()),
      why: "without CAP_SETUID and CAP_SETGID only the caller's own id may be mapped, and a gid only with setgroups: 'deny'",
      advice: "use 'root' or 'identity', or run with these capabilities",
    },
    {
      steps,
      code: 'EPERM',
      why: "a mapped host id is not mapped in the caller's own user namespace, or a capability is missing there",
      advice: 'see /proc/self/uid_map and gid_map for the ids that are mapped',
    },
    {
      steps,
      code: 'EACCES',
      why: 'this process or nsinit is not dumpable, or /proc shows another PID namespace',
      advice: 'mount a /proc of this PID namespace',
    },
    {
      steps,
      code: 'EINVAL',
      why: 'the kernel refuses the map: ranges overlap, or there are more ranges than it allows',
      advice: 'see user_namespaces(7)',
    },
    readOnlyProc(steps),
    {
      steps,
      code: 'ENOENT',
      why: 'there is no /proc here to write the map to',
      advice: 'mount /proc',
    },
  ];
}
