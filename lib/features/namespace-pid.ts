// The option `namespacePid`.
import {PID_MAX_LIMIT} from '../shared/kernel.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {commandFeature, type Settings, type Step} from './feature.js';

export interface NamespacePidOptions {
  /**
   * The PID of the command inside, for programs that must have their old PIDs after a migration: `set_tid` of clone3(2). A PID that is
   * taken fails with EEXIST. Default: the next free PID. Linux 5.5.
   *
   * Privilege: CAP_CHECKPOINT_RESTORE (Linux 5.9) or CAP_SYS_ADMIN in the user namespace that owns the PID namespace.
   */
  namespacePid?: number | undefined;
}

export const namespacePid = commandFeature<NamespacePidOptions, number>({
  title: 'PID of the command',
  examples: {namespacePid: 300},
  resolve({namespacePid: option}) {
    if (!isGiven(option)) return undefined;
    validateInteger(option, 'options.namespacePid', 1, PID_MAX_LIMIT);
    return option;
  },
  write(operations, pid = 0) {
    operations.pid = pid;
  },
  causes: [
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
  ],
});

/** Returns the step of the clone of a command. If a PID is chosen, the clone fails for other causes. */
export function stepOfClone(settings: Settings): Step {
  return {step: settings.of(namespacePid) === undefined ? 'namespaces' : 'namespacePid'};
}
