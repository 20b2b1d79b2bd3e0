// Converts the return value of a native function into a result or an error.
import {NamespaceError, type NamespaceErrorFields} from './errors.js';

/**
 * Returns the result of a native function.
 * @throws NamespaceError if the function has returned a negated errno
 */
export function resultOf(result: number, fields: Omit<NamespaceErrorFields, 'errno'>): number {
  if (result < 0) throw new NamespaceError({...fields, errno: result});
  return result;
}

/** As {@link resultOf}, for functions whose result is an object. */
export function objectOf<T extends object>(result: number | T, fields: Omit<NamespaceErrorFields, 'errno'>): T {
  if (typeof result === 'number') throw new NamespaceError({...fields, errno: result});
  return result;
}
