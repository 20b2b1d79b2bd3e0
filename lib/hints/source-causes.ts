// Causes for which a process cannot be inspected.
import type {Cause} from './hint.js';

export const sourceCauses: readonly Cause[] = [
  ...(['EACCES', 'EPERM'] as const).map(code => ({
    steps: ['source'],
    code,
    why: "it is another user's process, or one that is not dumpable",
    advice: 'inspecting it needs CAP_SYS_PTRACE',
  })),
  {
    steps: ['source'],
    code: 'ESRCH',
    why: 'there is no such process, or no longer',
    advice: 'ask for one that runs, by its PID in the PID namespace of the caller',
  },
];
