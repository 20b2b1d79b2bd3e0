export type {Usage} from './channel/events.js';
export {NamespaceError, type NamespaceErrorFields} from './errors.js';
export type {IdMapOption, IdMapping} from './features/id-maps.js';
export type {InitOptions} from './features/init.js';
export type {NamespacesOption} from './features/namespaces.js';
export type {ResourceLimit, ResourceLimits, ResourceName} from './features/rlimits.js';
export type {PtyOptions} from './features/terminal.js';
export type {TimeOffset, TimeOffsets} from './features/time-offsets.js';
export {type ForkOptions, forkInNamespace, type NodeOptions, type SandboxForkOptions} from './fork.js';
export {NamespaceHandle} from './handle/handle.js';
export {type ProcessIdentity, processIdentity} from './handle/identity.js';
export {namespacesOf, type OpenOptions, openNamespace} from './handle/open.js';
export type {NamespaceSource, ProcessReference, ProcessSource} from './handle/source.js';
export {namespaceIds} from './inspect/ids.js';
export {type NamespaceLimits, namespaceLimits} from './inspect/limits.js';
export {
  type ListNamespacesOptions,
  listNamespaces,
  type NamespaceInfo,
  type NamespaceReference,
} from './inspect/list-namespaces.js';
export {
  type ListProcessesOptions,
  listProcesses,
  type ProcessColumn,
  type ProcessInfo,
} from './inspect/list-processes.js';
export {type NamespaceNode, type NamespaceTree, namespaceTree} from './inspect/tree.js';
export type {ChannelControl} from './ipc/control.js';
export {type NamespaceType, namespaceTypes} from './namespace-types.js';
export type {CommandOptions, ProcessOptions, SpawnOptions} from './options/spawn-options.js';
export {type ProbeCaller, type ProbeReport, type ProbeResult, probe} from './probe.js';
export type {NamespaceIds, NamespaceLink} from './proc/links.js';
export type {ProcOptions} from './proc/procfs.js';
export {type CommandUsage, NamespacedProcess, type ShutdownOptions} from './process/namespaced-process.js';
export type {PseudoTerminal} from './process/pseudo-terminal.js';
export {RunError, type RunResult} from './process/result.js';
export {type RunOptions, type RunPromise, runInNamespace} from './run.js';
export {createSandbox} from './sandbox/create.js';
export type {CloseOptions, SandboxOptions} from './sandbox/options.js';
export {Sandbox, type SandboxRunOptions} from './sandbox/sandbox.js';
export {type NamespacedProcessWithStreams, spawnInNamespace} from './spawn.js';
export {type TranslationMethod, translationMethod} from './translate/method.js';
export {getNamespacePids, toHostPid, toNamespacePid, translatePid} from './translate/translate.js';
export {
  type PidNamespace,
  PidTranslator,
  type TranslationOptions,
  type TranslatorOptions,
} from './translate/translator.js';
