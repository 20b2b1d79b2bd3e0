// What to do about an error: one table, by step and code. NamespaceError and probe() both speak from it.

const hints: Record<string, string> = {};

/**
 * The advice for an errno in a step, if there is any.
 * @param step - the part of the set-up, as in NamespaceError
 * @param code - the errno's name
 */
export function hintFor(step: string | undefined, code: string): string | undefined {
  return hints[`${step} ${code}`] ?? hints[`* ${code}`];
}
