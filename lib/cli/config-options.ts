// The options that a file of --config can have: those of spawnInNamespace that are data. The JSON schema of the package, schema.json, is made
// from these types by scripts/schema.mjs.

import type {CapabilitiesOptions} from '../features/capabilities.js';
import type {CoreDumpsOptions} from '../features/core-dumps.js';
import type {DisableUserNamespacesOptions} from '../features/disable-user-namespaces.js';
import type {DomainnameOptions} from '../features/domainname.js';
import type {HostnameOptions} from '../features/hostname.js';
import type {IdMapOptions} from '../features/id-maps.js';
import type {IdOptions} from '../features/ids.js';
import type {InitOption} from '../features/init.js';
import type {KeyringOptions} from '../features/keyring.js';
import type {LandlockOptions} from '../features/landlock.js';
import type {LoopbackOptions} from '../features/loopback.js';
import type {MountProcOptions} from '../features/mount-proc.js';
import type {MountSysOptions} from '../features/mount-sys.js';
import type {FileMount, Mount} from '../features/mount-types.js';
import type {NamespacePidOptions} from '../features/namespace-pid.js';
import type {NoNewPrivilegesOptions} from '../features/no-new-privileges.js';
import type {OomScoreAdjOptions} from '../features/oom-score-adj.js';
import type {ParentDeathSignalOptions} from '../features/parent-death-signal.js';
import type {PersonalityOptions} from '../features/personality.js';
import type {PreparedRoot} from '../features/prepared-root.js';
import type {PropagationOptions} from '../features/propagation.js';
import type {RlimitsOptions} from '../features/rlimits.js';
import type {RootOption} from '../features/root.js';
import type {SchedulingOptions} from '../features/scheduling.js';
import type {SessionOptions} from '../features/session.js';
import type {SysctlsOptions} from '../features/sysctls.js';
import type {TimeOffsetsOptions} from '../features/time-offsets.js';
import type {UmaskOptions} from '../features/umask.js';
import type {SeccompProfile} from '../seccomp/types.js';
import type {NamespaceType} from '../shared/namespace-types.js';

/** A file with this content, in memory. */
export interface ConfigFileMount extends Omit<FileMount, 'content'> {
  /** What the file contains. */
  content: string;
}

/** The options of the features that are data as they are. */
export interface ConfigFeatureOptions
  extends CapabilitiesOptions,
    CoreDumpsOptions,
    DisableUserNamespacesOptions,
    DomainnameOptions,
    HostnameOptions,
    IdMapOptions,
    IdOptions,
    InitOption,
    KeyringOptions,
    LandlockOptions,
    LoopbackOptions,
    MountProcOptions,
    MountSysOptions,
    NamespacePidOptions,
    NoNewPrivilegesOptions,
    OomScoreAdjOptions,
    ParentDeathSignalOptions,
    PersonalityOptions,
    PropagationOptions,
    RlimitsOptions,
    SchedulingOptions,
    Pick<SessionOptions, 'newSession'>,
    SysctlsOptions,
    TimeOffsetsOptions,
    UmaskOptions {}

/** A file of `namespawn run --config`. */
export interface ConfigOptions extends ConfigFeatureOptions {
  /** The path of the schema, for editors. */
  $schema?: string;
  /** The command. Default: the first word of the command line that is no switch. */
  command?: string;
  /** The arguments of `command`. Default: none. */
  args?: readonly string[];
  /** The namespaces to create. In an object each type is 'new', 'inherit', or a namespace to join: a PID or a path. Default: pid and mnt. */
  namespaces?: readonly NamespaceType[] | {readonly [Type in NamespaceType]?: 'new' | 'inherit' | number | string};
  /** The root directory of the command. Default: 'host'. */
  root?: Exclude<RootOption, PreparedRoot>;
  /** What is mounted in the root of the command, in this order. */
  mounts?: readonly (Exclude<Mount, FileMount> | ConfigFileMount)[];
  /** The filters of system calls: 'default', a profile, or several of them. */
  seccomp?: 'default' | SeccompProfile | readonly ('default' | SeccompProfile)[];
  /** Whether it is reported for which system call a filter has killed a process. Default: false. */
  reportForbidden?: boolean;
  /** The working directory, a path inside. */
  cwd?: string;
  /** The environment, instead of that of this process. */
  env?: {readonly [name: string]: string};
  /** The value of argv[0] in the command. Default: the command. */
  argv0?: string;
  /** Whether the command runs in a shell: true for /bin/sh, or the path of a shell. Default: false. */
  shell?: boolean | string;
  /** The time in milliseconds after which the command is killed with `killSignal`. Default: none. */
  timeout?: number;
  /** The signal for `timeout`: a name such as 'SIGTERM', or a number. Default: 'SIGTERM'. */
  killSignal?: string | number;
  /** The time in milliseconds after which SIGKILL follows `killSignal`. Default: false, never. */
  forceKillAfterDelay?: number | false;
}
