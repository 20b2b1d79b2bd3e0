// Why a thread cannot enter a namespace: setns() of namespawn/sys.
import {isAdministrator} from '../shared/facts.js';
import {type Cause, type CauseGroup, type FailedStep, when} from '../shared/hint.js';
import type {NamespaceType} from '../shared/namespace-types.js';

/** Of the namespace that was to be entered. */
const isOf = ({namespaces = []}: FailedStep, type: NamespaceType): boolean => [...namespaces].includes(type);

const severalThreads = (type: NamespaceType, code: string): Cause => ({
  steps: ['setns'],
  code,
  applies: failed => when(isOf(failed, type)),
  why: `a process of several threads, such as Node, cannot enter a ${type} namespace`,
  advice: 'start a command that enters it, such as nsenter(1)',
});

export const enterCauses: CauseGroup = {
  title: 'Entering a namespace (setns of namespawn/sys)',
  causes: [
    severalThreads('user', 'EINVAL'),
    severalThreads('time', 'EUSERS'),
    {
      steps: ['setns'],
      code: 'EINVAL',
      applies: failed => when(isOf(failed, 'mnt')),
      why: "this thread shares its root and working directory with Node's other threads, and so cannot enter a mount namespace",
      advice: 'call unshare(constants.CLONE_FS) first, in a Worker rather than in the main thread',
    },
    {
      steps: ['setns'],
      code: 'EINVAL',
      applies: failed => when(isOf(failed, 'pid')),
      why: "a thread's children can only be moved into its own PID namespace, or into one below it",
      advice: 'name such a namespace, or start the command from a process in an outer namespace',
    },
    {
      steps: ['setns'],
      code: 'EINVAL',
      why: 'the descriptor is none of a namespace or of a process, or its namespace has another type than the flags say',
      advice: 'open the namespace with openNamespace(), which checks its type',
    },
    {
      steps: ['setns'],
      code: 'EPERM',
      applies: () => when(!isAdministrator()),
      why: 'entering a namespace needs CAP_SYS_ADMIN, which this process lacks',
      advice: 'run as root, or start a command that enters the user namespace first (nsenter -U)',
    },
    {
      steps: ['setns'],
      code: 'EPERM',
      why: 'entering a namespace needs CAP_SYS_ADMIN in the user namespace that owns it, too',
      advice: 'enter that user namespace first, by a command such as nsenter(1)',
    },
    {
      steps: ['setns'],
      code: 'ESRCH',
      why: 'the process of the pidfd has ended',
      advice: 'open the namespaces of a process while it runs',
    },
  ],
};
