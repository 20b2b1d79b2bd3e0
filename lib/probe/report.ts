// What probe() answers.
import type {NamespaceType} from '../namespace-types.js';

/** Something that was tried. */
export interface ProbeResult {
  /** What was tried, in a few words. */
  name: string;
  works: boolean;
  /** Where it does not work: the errno's name, and the negative errno. */
  code?: string;
  errno?: number;
  /** The system call that failed. */
  syscall?: string;
  /** The part of the set-up that failed, as in NamespaceError. */
  step?: string;
  /** The cause in words. */
  why?: string;
  /** What to do about it. */
  advice?: string;
}

/** Who is asking. */
export interface ProbeCaller {
  uid: number;
  gid: number;
  /** Whether it has CAP_SYS_ADMIN: then it needs no user namespace. */
  isPrivileged: boolean;
  /** Whether a seccomp filter judges its system calls, as in most containers. */
  hasSeccompFilter: boolean;
}

/** What works on this machine for this user, tried for real. */
export interface ProbeReport {
  kernel: string;
  architecture: string;
  node: string;
  caller: ProbeCaller;
  /** Whether spawnInNamespace works without options: a pid and a mnt namespace with a /proc of their own. */
  works: boolean;
  /** Each type by itself, as spawnInNamespace makes it for this user: without CAP_SYS_ADMIN in a user namespace. */
  namespaces: Record<NamespaceType, ProbeResult>;
  /** Combinations that programs ask for. */
  combinations: ProbeResult[];
  /** Features of the kernel that this package uses where they are there. */
  features: ProbeResult[];
}
