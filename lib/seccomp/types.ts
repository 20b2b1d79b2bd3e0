// The types of a seccomp profile: the JSON of the OCI runtime specification, with what Docker and Podman add.

/**
 * What happens to a call. SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD. SCMP_ACT_NOTIFY hands the call to the option `onSyscall`. SCMP_ACT_TRACE is
 * refused: nobody traces the command. seccomp(2)
 */
export type SeccompAction =
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY'
  | 'SCMP_ACT_TRAP';

/** How an argument is compared. The numbers are unsigned. */
export type SeccompOperator =
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_MASKED_EQ'
  | 'SCMP_CMP_NE';

/** A condition on an argument of a call. */
export interface SeccompArgument {
  /** The index of the argument, from 0 to 5. */
  index: number;
  /** The value, or the mask of SCMP_CMP_MASKED_EQ. A value above 2**53 must be a bigint. */
  value: number | bigint;
  /** For SCMP_CMP_MASKED_EQ: the value that the argument has after the mask. Default: 0. */
  valueTwo?: number | bigint | null;
  /** How it is compared. */
  op: SeccompOperator;
}

/** Where a rule applies. */
export interface SeccompScope {
  /** Names of capabilities (CAP_SYS_ADMIN). */
  caps?: readonly string[] | null;
  /** Names of processors as Go has them: amd64, arm64. */
  arches?: readonly string[] | null;
  /** A version of the kernel (4.8). */
  minKernel?: string | null;
}

/** What happens to some calls. */
export interface SeccompRule {
  /** The names of the calls. */
  names?: readonly string[] | null;
  /** The name of one call, instead of `names`. */
  name?: string | null;
  /** What happens to these calls. */
  action: SeccompAction;
  /** The number of the errno for SCMP_ACT_ERRNO. Default: 1 (EPERM). */
  errnoRet?: number | null;
  /** The name of the errno, which comes before the number. */
  errno?: string | null;
  /** All conditions must hold. If two of them have the same index, each of them is a rule of its own, as in runc. Default: none. */
  args?: readonly SeccompArgument[] | null;
  /** The rule exists only where all of this is true. */
  includes?: SeccompScope | null;
  /** The rule does not exist where any of this is true. */
  excludes?: SeccompScope | null;
  /** Has no effect. */
  comment?: string | null;
}

/** A profile in the JSON of the OCI runtime specification. The default profiles of Docker, Podman and containerd are such profiles. */
export interface SeccompProfile {
  /** What happens to calls without a rule. */
  defaultAction: SeccompAction;
  /** The number of the errno if `defaultAction` is SCMP_ACT_ERRNO. Default: 1 (EPERM). */
  defaultErrnoRet?: number | null;
  /** The name of that errno, which comes before the number. */
  defaultErrno?: string | null;
  /** Has no effect: a program always covers the calls of the native architecture alone. */
  architectures?: readonly string[] | null;
  /** Has no effect, like `architectures`. */
  archMap?: readonly {architecture: string; subArchitectures?: readonly string[] | null}[] | null;
  /** SECCOMP_FILTER_FLAG_LOG, _SPEC_ALLOW and _TSYNC. The last one has no effect, because the command's process has one thread. */
  flags?: readonly string[] | null;
  /** The rules. A rule with conditions comes before those without; among these, the first that matches decides. */
  syscalls?: readonly SeccompRule[] | null;
  /** Has no effect, because SCMP_ACT_NOTIFY hands calls to the option `onSyscall`. */
  listenerPath?: string | null;
  /** Has no effect, like `listenerPath`. */
  listenerMetadata?: string | null;
}

/** The circumstances in which a profile is read. */
export interface SeccompCircumstances {
  /**
   * The capabilities for `includes` and `excludes`, such as 'CAP_SYS_ADMIN'. Default: none, which gives the fewest rights. It does not change
   * the capabilities of a command.
   */
  capabilities?: readonly string[] | undefined;
  /** The processor, as in process.arch. Default: this one's. */
  architecture?: 'x64' | 'arm64' | undefined;
  /** The version of the kernel for `minKernel`. Default: this kernel's. */
  kernel?: string | undefined;
}
