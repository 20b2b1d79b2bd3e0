// Options -> what the plan is made of: everything checked, every default decided.
import {invalidArgType, invalidArgValue} from '../errors.js';
import {channelVariables, type ResolvedIpc, resolveIpc} from '../ipc/options.js';
import {CAP_SYS_ADMIN, PID_MAX_LIMIT, SIGTERM} from '../kernel.js';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';
import {
  maxGraceMs,
  signalNumber,
  validateBoolean,
  validateId,
  validateInteger,
  validateNoNul,
  validateString,
} from '../validate.js';
import {type ResolvedCommand, resolveCommand, withVariables} from './command.js';
import {type IdMap, resolveIdMap, resolveSetgroups} from './id-maps.js';
import {resolveNamespaces} from './namespaces.js';
import {own} from './own.js';
import {type ResolvedPty, resolvePty} from './pty.js';
import {type ResolvedLimit, resolveRlimits} from './rlimits.js';
import type {SpawnOptions} from './spawn-options.js';
import {inheritsTerminal, resolveStdio, resolveStdioWithTerminal, type StdioKind} from './stdio.js';
import {resolveTimeOffsets} from './time-offsets.js';

/** What nsinit is to do about signals and the end. */
export interface ResolvedInit {
  isInit: boolean;
  /** Bit n-1 for signal n; Infinity for all. */
  forwarded: number | bigint;
  forwardToGroup: boolean;
  waitForAll: boolean;
}

/** The maps of a new user namespace. */
export interface ResolvedUser {
  uidMap: IdMap;
  gidMap: IdMap;
  setgroups: 'allow' | 'deny';
}

/** What nsinit sets up. */
export interface ResolvedSetup {
  namespaces: ReadonlySet<NamespaceType>;
  init: ResolvedInit;
  user: ResolvedUser | undefined;
  mountProc: string | undefined;
  hostname: string | undefined;
  domainname: string | undefined;
  timeOffsets: string | undefined;
  loopback: boolean;
  dieWithParent: boolean;
  detached: boolean;
}

/** After which signals SIGKILL follows, and how many milliseconds later. */
export interface ForceKill {
  signals: ReadonlySet<number>;
  delay: number;
}

/** What a command's own process does before it executes. */
export interface ResolvedProcess {
  command: ResolvedCommand;
  stdio: StdioKind[];
  pty: ResolvedPty | undefined;
  ipc: ResolvedIpc | undefined;
  newSession: boolean;
  uid: number | undefined;
  gid: number | undefined;
  groups: readonly number[] | undefined;
  rlimits: ResolvedLimit[];
  /** The PID to take inside, or 0 for the next one. */
  namespacePid: number;
  forceKill: ForceKill | undefined;
}

// All ones.
const allSignals = Infinity;

/** The set-up where no option asks for anything, and of whom: the maps of a user namespace name the caller. */
let usual: {setup: ResolvedSetup; isPrivileged: boolean; uid: number; gid: number} | undefined;

/** The set-up that the options ask for. Where that is the usual one, it is the same object each time. */
export function resolveSetup(options: SpawnOptions): ResolvedSetup {
  const isPrivileged = native().hasCapability(CAP_SYS_ADMIN);
  if (asksForSetup(options)) return resolveUnusual(options, isPrivileged);
  const uid = isPrivileged ? 0 : process.geteuid!();
  const gid = isPrivileged ? 0 : process.getegid!();
  if (usual?.isPrivileged !== isPrivileged || usual.uid !== uid || usual.gid !== gid) {
    usual = {setup: resolveUnusual(own<SpawnOptions>(undefined), isPrivileged), isPrivileged, uid, gid};
  }
  return usual.setup;
}

// Option by option, since every spawn asks: a loop over their names takes three times as long.
function asksForSetup(options: SpawnOptions): boolean {
  const {namespaces, init, mountProc, uidMap, gidMap, setgroups} = options;
  const {hostname, domainname, timeOffsets, loopback, dieWithParent, detached} = options;
  return (
    namespaces !== undefined ||
    init !== undefined ||
    mountProc !== undefined ||
    uidMap !== undefined ||
    gidMap !== undefined ||
    setgroups !== undefined ||
    hostname !== undefined ||
    domainname !== undefined ||
    timeOffsets !== undefined ||
    loopback !== undefined ||
    dieWithParent !== undefined ||
    detached !== undefined
  );
}

function resolveUnusual(options: SpawnOptions, isPrivileged: boolean): ResolvedSetup {
  const wantsUser = options.uidMap !== undefined || options.gidMap !== undefined || options.setgroups !== undefined;
  const namespaces = resolveNamespaces(options.namespaces, isPrivileged);
  // Whoever asks for a map and leaves the namespaces to us wants the namespace that has it.
  if (wantsUser && options.namespaces === undefined) namespaces.add('user');
  needs(options, 'uidMap', namespaces, 'user');
  needs(options, 'gidMap', namespaces, 'user');
  needs(options, 'setgroups', namespaces, 'user');
  needs(options, 'hostname', namespaces, 'uts');
  needs(options, 'domainname', namespaces, 'uts');
  needs(options, 'timeOffsets', namespaces, 'time');
  needs(options, 'loopback', namespaces, 'net');
  const detached = flag(options.detached, 'options.detached', false);
  return {
    namespaces,
    init: resolveInit(options.init, namespaces.has('pid'), detached),
    user: namespaces.has('user') ? resolveUser(options) : undefined,
    mountProc: resolveMountProc(options.mountProc, namespaces),
    hostname: resolveHostname(options.hostname, 'options.hostname'),
    domainname: resolveHostname(options.domainname, 'options.domainname'),
    timeOffsets: options.timeOffsets === undefined ? undefined : resolveTimeOffsets(options.timeOffsets),
    loopback: namespaces.has('net') && flag(options.loopback, 'options.loopback', true),
    dieWithParent: flag(options.dieWithParent, 'options.dieWithParent', !detached),
    detached,
  };
}

export function resolveProcess(file: string, args: readonly string[], options: SpawnOptions): ResolvedProcess {
  const pty = resolvePty(options.pty);
  const stdio = pty === undefined ? resolveStdio(options.stdio) : resolveStdioWithTerminal(options.stdio);
  const ipc = resolveIpc(stdio, options);
  const detached = flag(options.detached, 'options.detached', false);
  flag(options.windowsHide, 'options.windowsHide', false);
  flag(options.windowsVerbatimArguments, 'options.windowsVerbatimArguments', false);
  let command = resolveCommand(file, args, options);
  if (pty !== undefined) command = withVariables(command, {TERM: pty.name});
  if (ipc !== undefined) command = withVariables(command, channelVariables(ipc));
  return {
    command,
    stdio,
    pty,
    ipc,
    // A terminal of its own can control only a session of its own.
    newSession:
      flag(options.newSession, 'options.newSession', detached || !inheritsTerminal(stdio)) || pty !== undefined,
    uid: id(options.uid, 'options.uid'),
    gid: id(options.gid, 'options.gid'),
    groups: resolveGroups(options.groups),
    rlimits: resolveRlimits(options.rlimits),
    namespacePid: resolveNamespacePid(options.namespacePid),
    forceKill: resolveForceKill(options),
  };
}

function needs(
  options: SpawnOptions,
  option: keyof SpawnOptions,
  namespaces: ReadonlySet<NamespaceType>,
  type: NamespaceType,
): void {
  if (options[option] === undefined || namespaces.has(type)) return;
  throw invalidArgValue(`options.${option}`, options[option], `needs '${type}' among the namespaces`);
}

function flag(value: unknown, name: string, byDefault: boolean): boolean {
  if (value === undefined || value === null) return byDefault;
  validateBoolean(value, name);
  return value;
}

function id(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  validateId(value, name);
  return value;
}

function resolveUser(options: SpawnOptions): ResolvedUser {
  const uidMap = resolveIdMap(options.uidMap, 'uidMap', process.geteuid!());
  const alike = typeof options.uidMap === 'string' ? options.uidMap : undefined;
  const gidMap = resolveIdMap(options.gidMap ?? alike, 'gidMap', process.getegid!());
  return {uidMap, gidMap, setgroups: resolveSetgroups(options.setgroups, gidMap)};
}

function resolveMountProc(option: unknown, namespaces: ReadonlySet<NamespaceType>): string | undefined {
  const target = option ?? (namespaces.has('pid') && namespaces.has('mnt'));
  if (target === false) return undefined;
  if (target !== true && typeof target !== 'string') {
    throw invalidArgType('options.mountProc', 'of type boolean or string', target);
  }
  // It would be mounted for everybody else, too.
  if (!namespaces.has('mnt')) {
    throw invalidArgValue('options.mountProc', target, "needs 'mnt' among the namespaces");
  }
  if (target === true) return '/proc';
  validateNoNul(target, 'options.mountProc');
  return target;
}

function resolveHostname(option: unknown, name: string): string | undefined {
  if (option === undefined) return undefined;
  validateString(option, name);
  validateNoNul(option, name);
  // __NEW_UTS_LEN
  if (Buffer.byteLength(option) > 64) throw invalidArgValue(name, option, 'must be at most 64 bytes long');
  return option;
}

// The kernel's largest pid_max, PID_MAX_LIMIT.

function resolveNamespacePid(option: unknown): number {
  if (option === undefined) return 0;
  validateInteger(option, 'options.namespacePid', 1, PID_MAX_LIMIT);
  return option;
}

function resolveForceKill({forceKillAfterDelay, killSignal}: SpawnOptions): ForceKill | undefined {
  if (forceKillAfterDelay === undefined || forceKillAfterDelay === false) return undefined;
  validateInteger(forceKillAfterDelay, 'options.forceKillAfterDelay', 0, maxGraceMs);
  // Not after any signal: a program that is told of a new window size, or to read its configuration again, is to go on.
  return {signals: new Set([SIGTERM, signalNumber(killSignal ?? SIGTERM)]), delay: forceKillAfterDelay};
}

function resolveGroups(option: unknown): readonly number[] | undefined {
  if (option === undefined) return undefined;
  if (!Array.isArray(option)) throw invalidArgType('options.groups', 'an array of group ids', option);
  option.forEach((group, index) => {
    validateId(group, `options.groups[${index}]`);
  });
  return option;
}

function resolveInit(option: unknown, hasPid: boolean, detached: boolean): ResolvedInit {
  if (option !== undefined && typeof option !== 'boolean' && (typeof option !== 'object' || option === null)) {
    throw invalidArgType('options.init', 'of type boolean or object', option);
  }
  const {forwardSignals, forwardTo, waitForAll} = own(
    typeof option === 'object' ? (option as Record<string, unknown>) : undefined,
  );
  if (forwardTo !== undefined && forwardTo !== 'process' && forwardTo !== 'group') {
    throw invalidArgValue('options.init.forwardTo', forwardTo, "must be 'process' or 'group'");
  }
  return {
    isInit: hasPid && option !== false,
    forwarded: resolveForwarded(forwardSignals),
    // A program that signals the group of a detached child means the child's children, too.
    forwardToGroup: forwardTo === undefined ? detached : forwardTo === 'group',
    waitForAll: flag(waitForAll, 'options.init.waitForAll', false),
  };
}

function resolveForwarded(option: unknown): number | bigint {
  if (option === undefined || option === true) return allSignals;
  if (option === false) return 0;
  if (!Array.isArray(option)) {
    throw invalidArgType('options.init.forwardSignals', 'of type boolean or an array of signals', option);
  }
  const numbers = new Set(option.map(signalNumber));
  return [...numbers].reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n);
}
