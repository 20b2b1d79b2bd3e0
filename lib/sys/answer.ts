// A system call's answer -> its result, or the error.
import {NamespaceError} from '../errors.js';

/** Answers the result, or throws the error of a negative errno. */
export function checked(answer: number, syscall: string, path?: string): number {
  if (answer < 0) throw new NamespaceError({errno: answer, syscall, path});
  return answer;
}
