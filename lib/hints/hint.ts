// The shape of the table of causes.
import type {NamespaceType} from '../namespace-types.js';

/** What failed, as far as it is known. */
export interface FailedStep {
  /** The part of the set-up, as in NamespaceError. */
  step?: string | undefined;
  /** The errno's name. */
  code: string;
  syscall?: string | undefined;
  path?: string | undefined;
  /** The types of namespace that were asked for. */
  namespaces?: Iterable<NamespaceType> | undefined;
}

/** Why it failed, and what to do. */
export interface Hint {
  why: string;
  advice: string;
}

/** What fills the {blanks} of a cause's texts. */
export type Blanks = Readonly<Record<string, string | number>>;

/** A row of the table. */
export interface Cause extends Hint {
  /** The steps in which it is met; '*' for any, 'rlimits' for each 'rlimits.NAME'. */
  steps: readonly string[];
  code: string;
  /** Only where this call failed. */
  syscall?: string;
  /**
   * Finds out whether this is the cause, by a look at the machine; answers undefined where it is not. Without it the cause is the one
   * that remains.
   */
  applies?(failed: FailedStep): Blanks | undefined;
}
