// Causes for which a PID cannot be chosen.
import type {Cause} from './hint.js';

export const pidCauses: readonly Cause[] = [
  {
    steps: ['namespacePid'],
    code: 'EEXIST',
    why: 'a process or a thread of the PID namespace has this PID, or one that has just ended has not been waited for',
    advice: 'choose another PID, or start this command before others',
  },
  {
    steps: ['namespacePid'],
    code: 'EPERM',
    why: 'choosing a PID needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the user namespace that owns the PID namespace',
    advice: "create a PID namespace with it: 'pid' among the namespaces",
  },
  {
    steps: ['namespacePid'],
    code: 'EINVAL',
    why: 'the PID is not below kernel.pid_max, or a PID other than 1 was requested for the first process of a PID namespace',
    advice: 'choose a smaller one, or let nsinit be the first (init: true)',
  },
  {
    steps: ['lastPid'],
    code: 'ENOENT',
    why: 'there is no /proc inside, or a kernel without CONFIG_CHECKPOINT_RESTORE',
    advice: "create the sandbox with 'mnt' and 'pid' among its namespaces, so that it gets a /proc",
  },
  {
    steps: ['lastPid'],
    code: 'EPERM',
    why: 'setting it needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the user namespace that owns the PID namespace',
    advice: "create a PID namespace with the sandbox: 'pid' among its namespaces",
  },
];
