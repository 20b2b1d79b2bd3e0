// Causes for which a mount fails.
import {hasSeccompFilter, hiddenProc, isAdministrator} from '../facts.js';
import type {Blanks, Cause} from './hint.js';
import {isRestrictedByAppArmor} from './namespace-causes.js';

const when = (condition: boolean): Blanks | undefined => (condition ? {} : undefined);
const appArmor = {
  why: 'AppArmor refuses to mount',
  advice:
    'install an AppArmor profile for the node executable with the rules `userns,` and `mount,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
};

export const mountCauses: readonly Cause[] = [
  {
    steps: ['mountProc'],
    code: 'EPERM',
    applies: () => {
      const hidden = hiddenProc();
      return hidden === undefined ? undefined : {hidden};
    },
    why: 'a new /proc would show what is hidden here ({hidden}), which the kernel allows to real root only',
    advice:
      'give the container an unmasked /proc (Docker, Podman: --security-opt systempaths=unconfined; Kubernetes: procMount: Unmasked), or set mountProc: false',
  },
  {
    steps: ['mountProc', 'namespaces'],
    code: 'EPERM',
    syscall: 'mount',
    applies: () => when(isRestrictedByAppArmor()),
    ...appArmor,
  },
  {
    steps: ['mountProc', 'namespaces'],
    code: 'EPERM',
    syscall: 'mount',
    applies: () => when(hasSeccompFilter()),
    why: 'a seccomp filter of the container or service that this process runs in refuses mount',
    advice: 'allow it in its profile (Docker, Podman: --security-opt seccomp=PROFILE), or set mountProc: false',
  },
  {
    steps: ['mountProc'],
    code: 'EPERM',
    applies: () => when(!isAdministrator()),
    why: 'mounting a /proc needs a PID namespace and a user namespace of its own, with the mount namespace in it',
    advice: "add 'pid' and 'user' to the namespaces, or set mountProc: false",
  },
  {
    steps: ['mountProc'],
    code: 'EPERM',
    why: 'the kernel refuses a new /proc here; the kernel log may say "Mount too revealing"',
    advice: 'unmask /proc, or set mountProc: false',
  },
  {steps: ['mountProc', 'namespaces'], code: 'EACCES', syscall: 'mount', ...appArmor},
  {
    steps: ['mountProc'],
    code: 'ENOENT',
    why: 'there is no such directory to mount it on',
    advice: 'create it first, or use another path',
  },
  {
    steps: ['mountProc'],
    code: 'ENOTDIR',
    why: 'it is not a directory',
    advice: 'name a directory',
  },
  {
    steps: ['mountProc'],
    code: 'ENODEV',
    why: 'this kernel has no procfs',
    advice: 'set mountProc: false',
  },
];
