// Calls that must fail.
import assert from 'node:assert/strict';
import type {NamespaceError} from 'namespawn';

/** Returns the error that a call throws. */
export function errorOf(call: () => unknown): Partial<NamespaceError> {
  try {
    call();
  } catch (error) {
    return error as NamespaceError;
  }
  return assert.fail('did not throw');
}
