// The order in which nsinit carries out the features. Each line has the reason for its place.
import {boundingCapabilities, capabilities, keptCapabilities, protectedInit} from './capabilities.js';
import {coreDumps} from './core-dumps.js';
import {cwd} from './cwd.js';
import {descriptors} from './descriptors.js';
import {detached} from './detached.js';
import {dieWithParent} from './die-with-parent.js';
import {disableUserNamespaces, innerUserNamespace} from './disable-user-namespaces.js';
import {domainname} from './domainname.js';
import {boundEtc} from './etc-entries.js';
import type {CommandFeature, SetupFeature} from './feature.js';
import {fileSystemOfCommand} from './file-system-of-command.js';
import {foreground} from './foreground.js';
import {hostname} from './hostname.js';
import {idMaps, mappedIds} from './id-maps.js';
import {ids} from './ids.js';
import {init} from './init.js';
import {join, joinedByChildren, joinedInit, joinedRoot} from './join.js';
import {keyring} from './keyring.js';
import {landlock} from './landlock.js';
import {loopback} from './loopback.js';
import {mountProc, mountProcOfCommand} from './mount-proc.js';
import {mountSys} from './mount-sys.js';
import {mounts} from './mounts.js';
import {namespacePid} from './namespace-pid.js';
import {namespaces} from './namespaces.js';
import {noNewPrivileges} from './no-new-privileges.js';
import {oomScoreAdj} from './oom-score-adj.js';
import {parentDeathSignal} from './parent-death-signal.js';
import {personality} from './personality.js';
import {propagation} from './propagation.js';
import {rlimits} from './rlimits.js';
import {root, rootEnd, rootSources, rootTemplate} from './root.js';
import {scheduling} from './scheduling.js';
import {seccomp} from './seccomp.js';
import {sentNamespaces} from './sent-namespaces.js';
import {session} from './session.js';
import {sysctls} from './sysctls.js';
import {terminal} from './terminal.js';
import {timeOffsets} from './time-offsets.js';
import {umask} from './umask.js';

/** The features of the set-up, which nsinit carries out before any command. */
export const setup = [
  // Flags of the frame, without an operation.
  init,
  dieWithParent,
  protectedInit,
  // Before anything else, because signals of a terminal for the caller's process group must never reach nsinit.
  detached,
  // Before a new user namespace, in which nsinit would have lost its privilege over what it joins.
  join,
  // For the same reason, and after the user namespace that owns it.
  rootTemplate,
  // As long as nsinit has the ids of the caller, to whom the file belongs.
  oomScoreAdj,
  // Before all operations that need permission, because nsinit has none without mapped ids.
  idMaps,
  // Before nsinit takes other ids, with which it may not reach what the caller can.
  rootSources,
  mappedIds,
  namespaces,
  // Before the first process enters the time namespace, because the kernel refuses new offsets afterwards.
  timeOffsets,
  // After the time offsets, since the new process enters the time namespace. Before what the init itself mounts and names.
  joinedInit,
  hostname,
  domainname,
  loopback,
  // After the namespaces that they belong to, and before a root that may have no /proc.
  sysctls,
  // Before the first mount, which would otherwise appear outside as well.
  propagation,
  // After a new user namespace, which the kernel refuses to a process in a chroot.
  joinedRoot,
  // Before everything that is mounted in it.
  root,
  // By nsinit, because a /proc shows the PID namespace of the process that mounts it.
  mountProc,
  // The same for the network namespace.
  mountSys,
  boundEtc,
  // After /proc and /sys, so that an entry can cover a part of them.
  mounts,
  // After the last mount.
  rootEnd,
  // After the last /proc.
  disableUserNamespaces,
  // Last: whoever receives them finds them as they are to be.
  sentNamespaces,
] as const satisfies readonly SetupFeature[];

/** The features of a command, which its process carries out before it executes the command. */
export const command = [
  // First, because the clone chooses the PID before any operation.
  namespacePid,
  // The first operation that uses a received descriptor.
  joinedByChildren,
  // Before the descriptors get their numbers, which may be those of sources.
  fileSystemOfCommand,
  // Early, so that descriptors that nsinit has received do not stay open.
  descriptors,
  // Without an init, the command's process is the first process in the new PID namespace.
  mountProcOfCommand,
  // Before the terminal: a terminal can control only the session of a session leader.
  session,
  // After the session, since a process group belongs to one. After the descriptors, since stdin is the terminal.
  foreground,
  // Before the ids change, because raising a limit needs privilege.
  rlimits,
  // Beside the limits. Its place does not matter, because no operation before the exec creates a file.
  umask,
  // The same for these. `coreDumps: false` comes after `rlimits`, and so wins over `rlimits.core`.
  coreDumps,
  scheduling,
  keyring,
  personality,
  // It only stores the number: the signal is armed just before the exec.
  parentDeathSignal,
  // Before the ids change, as in child_process.
  cwd,
  // After what needs capabilities over the other namespaces, and before the bounding set, which would be full again.
  innerUserNamespace,
  // Just before the ids, with which the process may lose its privilege.
  boundingCapabilities,
  keptCapabilities,
  ids,
  // After the ids, so that the terminal belongs to the command's user.
  terminal,
  // Behind all operations that may need them.
  capabilities,
  // It concerns the exec alone.
  noNewPrivileges,
  // After everything that it forbids, and before a filter that may refuse it.
  landlock,
  // Last, because a filter may refuse what the other operations do.
  seccomp,
] as const satisfies readonly CommandFeature[];
