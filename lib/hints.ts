// What to do about an error: one table, by step and code. NamespaceError and probe() both speak from it.

const hints: Record<string, string> = {
  'namespaces ENOSPC':
    'PID namespaces nest 32 deep and user namespaces 33, or a limit in /proc/sys/user/max_*_namespaces is reached: see namespaceLimits()',
  'source EACCES': "it is another user's process, or one that is not dumpable: inspecting it needs CAP_SYS_PTRACE",
  'source EPERM': "it is another user's process, or one that is not dumpable: inspecting it needs CAP_SYS_PTRACE",
  'source ESRCH': 'there is no such process, or no longer',
};

/**
 * The advice for an errno in a step, if there is any.
 * @param step - the part of the set-up, as in NamespaceError
 * @param code - the errno's name
 */
export function hintFor(step: string | undefined, code: string): string | undefined {
  return hints[`${step} ${code}`] ?? hints[`* ${code}`];
}
