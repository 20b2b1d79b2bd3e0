// The types of probe()'s report.
import type {NamespaceType} from '../shared/namespace-types.js';

/** The result of one attempt of {@link probe}. */
export interface ProbeResult {
  /** What was tried: a type of namespace, a combination in a few words, or a kernel feature. */
  name: string;
  /** Whether it works. */
  works: boolean;
  /** The name of the errno. This field and the following ones are present only where `works` is false. */
  code?: string;
  /** The negated errno. */
  errno?: number;
  /** The system call that failed. */
  syscall?: string;
  /** The part of the set-up that failed, as in {@link NamespaceError}. */
  step?: string;
  /** The cause, in words. */
  why?: string;
  /** What to do about the cause. */
  advice?: string;
}

/** The process that called {@link probe}. */
export interface ProbeCaller {
  /** The effective user id. */
  uid: number;
  /** The effective group id. */
  gid: number;
  /** Whether the process has CAP_SYS_ADMIN. It then needs no user namespace in order to create the other types. */
  isPrivileged: boolean;
  /** Whether a seccomp filter applies to the process, as in most containers. */
  hasSeccompFilter: boolean;
}

/** What {@link probe} found out about this machine for the current user. */
export interface ProbeReport {
  /** The release of the kernel, as `uname -r` prints it. */
  kernel: string;
  /** `process.arch`. */
  architecture: string;
  /** `process.version`. */
  node: string;
  /** The process that has called probe(). */
  caller: ProbeCaller;
  /** Whether spawnInNamespace works without options, that is, in a new pid and a new mnt namespace with their own /proc. */
  works: boolean;
  /** Each type by itself, as spawnInNamespace creates it for this user. Without CAP_SYS_ADMIN it adds a user namespace. */
  namespaces: Record<NamespaceType, ProbeResult>;
  /** Combinations of types that programs commonly use. */
  combinations: ProbeResult[];
  /** For code that one does not trust: `untrusted()`, each of its parts, and what it can fall back on. */
  untrusted: ProbeResult[];
  /** Features of the kernel that this package uses where the kernel has them. */
  features: ProbeResult[];
}
