// What holds a command: the property `enforced` of a child and of a sandbox.
import {boundingCapabilities, type CapabilityName, capabilities} from '../../features/capabilities.js';
import {coreDumps} from '../../features/core-dumps.js';
import {disableUserNamespaces} from '../../features/disable-user-namespaces.js';
import type {ResolvedSetup, Settings} from '../../features/feature.js';
import {idMaps} from '../../features/id-maps.js';
import {keyring} from '../../features/keyring.js';
import {landlock, type ResolvedLandlock} from '../../features/landlock.js';
import {noNewPrivileges} from '../../features/no-new-privileges.js';
import {root} from '../../features/root.js';
import {seccomp} from '../../features/seccomp.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';

/** What Landlock holds of a command. */
export interface EnforcedLandlock {
  /** The version of this kernel. */
  abi: number;
  /** Whether files are restricted. */
  files: boolean;
  /** Whether connecting to TCP ports is restricted. */
  connectTcp: boolean;
  /** Whether binding to TCP ports is restricted. */
  bindTcp: boolean;
  /** What the command reaches only among its own processes. */
  scope: readonly ('signal' | 'abstract-unix')[];
  /** What was asked for, and left out because of `atLeast`. */
  missing: readonly string[];
}

/** What holds a command. Nothing is listed that this kernel does not enforce. */
export interface Enforced {
  /** The namespaces that are new. */
  namespaces: readonly NamespaceType[];
  /** The namespaces of others that are joined. */
  joined: readonly NamespaceType[];
  /** The ids on the host of the new user namespace, or null where the command is in that of the caller. */
  hostIds: {readonly uids: readonly HostRange[]; readonly gids: readonly HostRange[]} | null;
  /** The kind of the root: that of the caller, or what the option `root` says. */
  root: 'host' | 'readonly' | 'empty' | 'bind' | 'overlay';
  /** The capabilities, or null for what the kernel gives: all to user 0, none to others. */
  capabilities: 'all' | readonly CapabilityName[] | null;
  /** The bounding set, or null where it is the caller's. */
  boundingCapabilities: 'all' | readonly CapabilityName[] | null;
  /** Whether `noNewPrivileges` was asked for. A filter or Landlock sets it as well where the kernel demands it. */
  noNewPrivileges: boolean;
  /** The number of filters of system calls. */
  seccompFilters: number;
  /** What Landlock holds, or null without it. */
  landlock: EnforcedLandlock | null;
  /** Whether no user namespace can be created: `disableUserNamespaces`. */
  userNamespacesDisabled: boolean;
  /** Whether the session keyring is new. */
  newKeyring: boolean;
  /** Whether there are no core dumps. */
  noCoreDumps: boolean;
}

/** A range of ids on the host. */
interface HostRange {
  readonly hostId: number;
  readonly size: number;
}

/** Every operation of a plan is carried out before the command is executed, or the command is not executed. So the plan is what holds. */
export function enforcedBy(setup: ResolvedSetup, settings: Settings): Enforced {
  const maps = setup.settings.of(idMaps);
  const rules = settings.of(landlock);
  return {
    namespaces: [...setup.namespaces],
    // The user namespace that Node keeps for ranges of ids is not one of others.
    joined: setup.joins.filter(type => type !== 'user' || !setup.mapsWithin),
    hostIds: maps === undefined ? null : {uids: ranges(maps.uidMap), gids: ranges(maps.gidMap)},
    root: (setup.settings.of(root)?.kind.toLowerCase() ?? 'host') as Enforced['root'],
    capabilities: namesOf(settings.of(capabilities)),
    boundingCapabilities: namesOf(settings.of(boundingCapabilities)),
    noNewPrivileges: settings.of(noNewPrivileges) === true,
    seccompFilters: settings.of(seccomp)?.filters.length ?? 0,
    landlock: rules === undefined ? null : held(rules),
    userNamespacesDisabled: setup.settings.of(disableUserNamespaces) === true,
    newKeyring: settings.of(keyring) === true,
    noCoreDumps: settings.of(coreDumps) === true,
  };
}

function ranges(map: {ranges: readonly HostRange[]}): HostRange[] {
  return map.ranges.map(({hostId, size}) => ({hostId, size}));
}

function namesOf(set: number | undefined): Enforced['capabilities'] {
  if (set === undefined) return null;
  if (set === Infinity) return 'all';
  const has = ([, number]: [string, number]): boolean => Math.floor(set / 2 ** number) % 2 === 1;
  return Object.entries(native().capabilities)
    .filter(has)
    .map(([name]) => name as CapabilityName);
}

function held({abi, files, network, scope, missing}: ResolvedLandlock): EnforcedLandlock {
  return {
    abi,
    files: files !== 0,
    connectTcp: (network & 2) !== 0,
    bindTcp: (network & 1) !== 0,
    scope: [
      ...((scope & 2) === 0 ? [] : ['signal' as const]),
      ...((scope & 1) === 0 ? [] : ['abstract-unix' as const]),
    ],
    missing: missing.map(({name}) => name),
  };
}
