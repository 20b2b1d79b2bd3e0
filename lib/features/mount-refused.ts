// Causes for which any mount is refused.
import {hasSeccompFilter, isRestrictedByAppArmor} from '../shared/facts.js';
import {type Cause, when} from '../shared/hint.js';
import {native} from '../shared/native.js';

const appArmor = {
  why: 'AppArmor refuses to mount',
  advice:
    'install an AppArmor profile for the node executable with the rules `userns,` and `mount,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
};

const landlock = {
  why: 'Landlock restricts this process, and forbids every mount',
  advice: 'start this process without Landlock (landlock(7)): no namespace helps',
};

/**
 * Returns the causes for which mount(2) fails in a step.
 * @param without - the options with which nothing is mounted
 */
export function mountRefused(step: string, without: string): Cause[] {
  const common = {steps: [step], syscall: 'mount'};
  return [
    {...common, code: 'EPERM', applies: () => when(native().isLandlocked()), ...landlock},
    {...common, code: 'EPERM', applies: () => when(isRestrictedByAppArmor()), ...appArmor},
    {
      ...common,
      code: 'EPERM',
      applies: () => when(hasSeccompFilter()),
      why: 'a seccomp filter of the container or service that this process runs in refuses mount',
      advice: `allow it in its profile (Docker, Podman: --security-opt seccomp=PROFILE), or set ${without}`,
    },
    {...common, code: 'EACCES', ...appArmor},
  ];
}
