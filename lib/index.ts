export {NamespaceError, type NamespaceErrorFields} from './errors/errors.js';
export type {Capabilities, CapabilityName} from './features/capabilities.js';
export type {IdMapOption} from './features/id-maps.js';
export type {IdMapping} from './features/id-ranges.js';
export type {InitOptions} from './features/init.js';
export type {JoinOptions} from './features/join.js';
export type {Landlock} from './features/landlock.js';
export type {
  BindMount,
  DevMount,
  DirectoryEntry,
  FileMount,
  KernelMount,
  MaskEntry,
  Mount,
  MountBase,
  OverlayMount,
  ProcMount,
  SymlinkEntry,
  TmpfsMount,
} from './features/mount-types.js';
export type {NamespacesOption} from './features/namespaces.js';
export type {PersonalityFlag} from './features/personality.js';
export {PreparedRoot} from './features/prepared-root.js';
export type {ResourceLimit, ResourceLimits, ResourceName} from './features/rlimits.js';
export type {BindRoot, OverlayRoot, RootOption} from './features/root.js';
export type {IoPriority, Scheduler} from './features/scheduling.js';
export type {SeccompFilter} from './features/seccomp.js';
export type {PtyOptions} from './features/terminal.js';
export type {TimeOffset, TimeOffsets} from './features/time-offsets.js';
export {NamespaceHandle} from './inspect/handle/handle.js';
export {processIdentity} from './inspect/handle/identity.js';
export {releaseNamespace} from './inspect/handle/keep.js';
export {namespacesOf, type OpenOptions, openNamespace} from './inspect/handle/open.js';
export {namespaceIds} from './inspect/ids.js';
export {type NamespaceLimits, namespaceLimits} from './inspect/limits.js';
export {
  type ListNamespacesOptions,
  listNamespaces,
} from './inspect/list-namespaces.js';
export {
  type ListProcessesOptions,
  listProcesses,
  type ProcessColumn,
  type ProcessInfo,
} from './inspect/list-processes.js';
export type {NamespaceInfo, NamespaceReference} from './inspect/namespace-info.js';
export type {NamespaceIds, NamespaceLink} from './inspect/proc/links.js';
export type {ProcOptions} from './inspect/proc/procfs.js';
export {type TranslationMethod, translationMethod} from './inspect/translate/method.js';
export {getNamespacePids, toHostPid, toNamespacePid, translatePid} from './inspect/translate/translate.js';
export {
  type PidNamespace,
  PidTranslator,
  type TranslationOptions,
  type TranslatorOptions,
} from './inspect/translate/translator.js';
export {type NamespaceNode, type NamespaceTree, namespaceTree} from './inspect/tree.js';
export {netns} from './netns/index.js';
export type {
  AddNetnsOptions,
  ExecNetnsOptions,
  ListNetnsIdsOptions,
  MonitorNetnsOptions,
  Netns,
  NetnsEvent,
  NetnsId,
  NetnsInfo,
} from './netns/types.js';
export {type ProbeCaller, type ProbeReport, type ProbeResult, probe} from './probe/probe.js';
export {compileSeccomp} from './seccomp/compile.js';
export {explainSeccomp, type SeccompDecision, type SeccompExplanation} from './seccomp/explain.js';
export type {SyscallHandler, SyscallRequest, SyscallResult} from './seccomp/on-syscall.js';
export type {
  SeccompAction,
  SeccompArgument,
  SeccompCircumstances,
  SeccompOperator,
  SeccompProfile,
  SeccompRule,
  SeccompScope,
} from './seccomp/types.js';
export type {Usage} from './shared/events.js';
export {type NamespaceType, namespaceTypes} from './shared/namespace-types.js';
export type {
  NamespaceSource,
  OpenNamespace,
  ProcessIdentity,
  ProcessReference,
  ProcessSource,
} from './shared/source.js';
export type {CommandUsage} from './start/channel/launch-events.js';
export type {
  NamespacedProcessByStdio,
  NamespacedProcessWithPty,
  NamespacedProcessWithStreams,
} from './start/child-types.js';
export {type CreatedNamespaces, type CreateNamespacesOptions, createNamespaces} from './start/create-namespaces.js';
export type {CollectOptions} from './start/files/collect.js';
export type {
  FileEntry,
  ListOptions,
  ReadFileOptions,
  RemoveOptions,
  WriteFileOptions,
} from './start/files/options.js';
export type {FileOptions} from './start/files/worker.js';
export {type ForkOptions, forkInNamespace, type NodeOptions, type SandboxForkOptions} from './start/fork.js';
export {connectIn} from './start/inside/connect.js';
export {listenIn} from './start/inside/listen.js';
export type {
  TcpConnectOptions,
  TcpListenOptions,
  UdpConnectOptions,
  UdpListenOptions,
  UnixConnectOptions,
  UnixListenOptions,
} from './start/inside/socket-options.js';
export {type EnteredNamespaces, withNamespace} from './start/inside/with-namespace.js';
export type {ChannelControl} from './start/ipc/control.js';
export type {CommandOptions, ProcessOptions, SpawnOptions} from './start/options/spawn-options.js';
export {type PrepareRootOptions, prepareRoot} from './start/prepare-root.js';
export type {CollectedFile, LeftOutFile} from './start/process/collected-files.js';
export type {Enforced, EnforcedLandlock} from './start/process/enforced.js';
export {NamespacedProcess, type ShutdownOptions} from './start/process/namespaced-process.js';
export type {PseudoTerminal} from './start/process/pseudo-terminal.js';
export {RunError, type RunResult} from './start/process/result.js';
export {runInNamespace} from './start/run.js';
export type {RunOptions, RunPromise, RunSuccess} from './start/run-types.js';
export {createSandbox} from './start/sandbox/create.js';
export type {SandboxDefaults} from './start/sandbox/defaults.js';
export type {CloseOptions, SandboxOptions, SandboxRunOptions} from './start/sandbox/options.js';
export {Sandbox} from './start/sandbox/sandbox.js';
export {spawnInNamespace} from './start/spawn.js';
export {homeMount, type SystemMountsOptions, systemMounts} from './start/system-mounts.js';
export {untrusted, untrustedSandbox} from './start/untrusted.js';
export type {UntrustedOptions} from './start/untrusted-parts.js';
