// The option `namespacePid`.
import {PID_MAX_LIMIT} from '../shared/kernel.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {commandFeature, type Settings, type SetupBase, type Step} from './feature.js';

export interface NamespacePidOptions {
  /**
   * The command's PID inside, for programs that must find their old PIDs after a migration: clone3's set_tid. EEXIST where a process
   * has it, EPERM without CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN over the PID namespace. Linux 5.5.
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

/** Returns what the clone of a command is for: it fails for other reasons if it has to choose a PID or to make the PID namespace. */
export function stepOfClone(settings: Settings, {namespaces, isInit}: SetupBase): Step {
  if (settings.of(namespacePid) !== undefined) return {step: 'namespacePid'};
  return {step: namespaces.has('pid') && !isInit ? 'namespaces' : 'command'};
}
