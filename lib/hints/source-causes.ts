// Causes for which a process cannot be inspected.
import type {Cause} from './hint.js';

export const sourceCauses: readonly Cause[] = [
  ...(['EACCES', 'EPERM'] as const).map(code => ({
    steps: ['source'],
    code,
    why: 'the process belongs to another user, or is not dumpable',
    advice: 'inspecting it needs CAP_SYS_PTRACE',
  })),
  {
    steps: ['source'],
    code: 'ESRCH',
    why: 'there is no such process, or it has ended',
    advice: 'use the PID of a running process, in the PID namespace of the caller',
  },
];
