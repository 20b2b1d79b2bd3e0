// The types of the table of causes, and what several of its rows have in common.
import type {NamespaceType} from './namespace-types.js';

/** The failure whose cause is looked up. */
export interface FailedStep {
  /** The part of the set-up that failed, as in NamespaceError. */
  step?: string | undefined;
  /** The name of the errno. */
  code: string;
  syscall?: string | undefined;
  path?: string | undefined;
  /** The types of namespace that were asked for. */
  namespaces?: Iterable<NamespaceType> | undefined;
  /** The ids outside that were to be mapped. */
  ids?: readonly HostIds[] | undefined;
}

/** A range of ids in the caller's user namespace. */
export interface HostIds {
  hostId: number;
  size: number;
}

/** The cause of a failure and what to do about it. */
export interface Hint {
  why: string;
  advice: string;
}

/** The values for the {blanks} in the texts of a cause. */
export type Blanks = Readonly<Record<string, string | number>>;

/** A row of the table of causes. */
export interface Cause extends Hint {
  /** The steps that this cause can have made fail; '*' stands for any step, and 'rlimits' for each 'rlimits.NAME'. */
  steps: readonly string[];
  code: string;
  /** If set, the cause matches only a failure of this system call. */
  syscall?: string;
  /**
   * Examines the machine. Returns the values for the blanks if this is the cause, otherwise undefined. A cause without this function is
   * the fallback, which is assumed if no cause before it matches.
   */
  applies?(failed: FailedStep): Blanks | undefined;
}

/** The causes of a feature, or of a part that is no feature: a section of docs/errors.md. */
export interface CauseGroup {
  readonly title: string;
  readonly causes?: readonly Cause[];
}

/** The result of {@link Cause.applies} for a cause that fills no blanks. */
export const when = (condition: boolean): Blanks | undefined => (condition ? {} : undefined);

/** Why a setting of a namespace is refused. */
export function needsOwner(step: string): Cause {
  return {
    steps: [step],
    code: 'EPERM',
    why: 'it needs a capability in the user namespace that owns the namespace',
    advice: "add 'user' to the namespaces",
  };
}

/** Why a file of /proc that belongs to a new namespace cannot be written. */
export function readOnlyProc(steps: readonly string[]): Cause {
  return {
    steps,
    code: 'EROFS',
    why: '/proc is mounted read-only, so that what belongs to a new namespace cannot be written',
    advice: 'mount a writable /proc (Docker, Podman: --security-opt systempaths=unconfined)',
  };
}
