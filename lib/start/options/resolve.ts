// Validates all options, and determines all defaults.

import {resolveStdio, resolveStdioWithTerminal, type StdioKind} from '../../features/descriptors.js';
import {
  type CommandFeature,
  indicesOf,
  nothing,
  optionsOf,
  type ResolvedSetup,
  Settings,
  type SetupFeature,
} from '../../features/feature.js';
import {idMaps} from '../../features/id-maps.js';
import {mountSys} from '../../features/mount-sys.js';
import {mounts} from '../../features/mounts.js';
import {resolveNamespaces} from '../../features/namespaces.js';
import {command, setup} from '../../features/order.js';
import {preparedContent, templateFor} from '../../features/prepared-root.js';
import {fileSystemOf} from '../../features/root.js';
import {leadsSession} from '../../features/session.js';
import {terminal} from '../../features/terminal.js';
import {invalidArgValue} from '../../shared/argument-errors.js';
import {isAdministrator} from '../../shared/facts.js';
import {SIGTERM} from '../../shared/kernel.js';
import {isNamespaceType, type NamespaceType} from '../../shared/namespace-types.js';
import {own} from '../../shared/own.js';
import {flagOr, isGiven, maxGraceMs, signalNumber, validateInteger} from '../../shared/validate.js';
import {channelVariables, type ResolvedIpc, resolveIpc} from '../ipc/options.js';
import {type ResolvedCommand, resolveCommand, withVariables} from './command.js';
import {joinsOf} from './known-joins.js';
import {rootOf} from './known-roots.js';
import {type ResolvedHandler, resolveHandler} from './on-syscall.js';
import type {ProcessOptions, SetupFeatureOptions, SpawnOptions} from './spawn-options.js';

export type {ResolvedSetup} from '../../features/feature.js';

/** The signal that SIGKILL follows, and the delay in milliseconds. */
export interface ForceKill {
  signal: number;
  delay: number;
}

/** A command and its settings after validation. */
export interface ResolvedProcess {
  command: ResolvedCommand;
  stdio: StdioKind[];
  ipc: ResolvedIpc | undefined;
  newSession: boolean;
  /** The settings of the features; {@link nothing} for most commands. */
  settings: Settings;
  forceKill: ForceKill | undefined;
  /** Decides about calls. */
  onSyscall: ResolvedHandler | undefined;
}

const setupFeatures: readonly SetupFeature[] = setup;
const commandFeatures: readonly CommandFeature[] = command;
const setupIndices = indicesOf(setupFeatures);
const commandIndices = indicesOf(commandFeatures);
const setupOptions: ReadonlySet<string> = new Set(setupFeatures.flatMap(optionsOf));
/** The features whose options belong to a namespace, by the names of these options. */
const needy: ReadonlyMap<string, SetupFeature> = new Map(
  setupFeatures
    .filter(({needs}) => needs !== undefined)
    .flatMap(feature => optionsOf(feature).map(name => [name, feature] as const)),
);
/** The options of the features that have settings of their own, in addition to the base of a command. */
const settingsOptions: ReadonlySet<string> = new Set(commandFeatures.filter(({resolve}) => resolve).flatMap(optionsOf));

/**
 * Returns whether one of the options is given. This runs in every spawn. The loop goes over the few options that the caller has given, and
 * not over all that exist, so that it takes no longer if there are more features.
 */
function hasOneOf(names: ReadonlySet<string>, options: object): boolean {
  for (const name in options) {
    if (names.has(name) && isGiven((options as Record<string, unknown>)[name])) return true;
  }
  return false;
}

/** The set-up without options, and the caller for which it was resolved, because the id maps contain the ids of the caller. */
let usual: {setup: ResolvedSetup; isPrivileged: boolean; uid: number; gid: number} | undefined;

/**
 * Returns the set-up for the options. Without options it is the same object each time.
 * @param options - an object without inherited properties: {@link own}
 */
export function resolveSetup(options: SetupFeatureOptions): ResolvedSetup {
  const isPrivileged = isAdministrator();
  if (hasOneOf(setupOptions, options)) {
    const resolve = (): ResolvedSetup => resolveUnusual(options, isPrivileged);
    const {namespaces} = options;
    if (!hasOnly(justNamespaces, options)) {
      return hasOnly(fileSystemOptions, options) ? rootOf(options, isPrivileged, resolve) : resolve();
    }
    if (Array.isArray(namespaces)) {
      return namespaces.every(isNamespaceType) ? resolveList(namespaces, isPrivileged) : resolve();
    }
    return joinsOf(namespaces, isPrivileged, resolve);
  }
  const uid = isPrivileged ? 0 : process.geteuid!();
  const gid = isPrivileged ? 0 : process.getegid!();
  if (usual?.isPrivileged !== isPrivileged || usual.uid !== uid || usual.gid !== gid) {
    usual = {setup: resolveUnusual(own<SetupFeatureOptions>(undefined), isPrivileged), isPrivileged, uid, gid};
  }
  return usual.setup;
}

const justNamespaces: ReadonlySet<string> = new Set(['namespaces']);
const fileSystemOptions: ReadonlySet<string> = new Set(['namespaces', 'root', 'mounts']);

/** Returns whether the given options of the set-up are all among these names. */
function hasOnly(names: ReadonlySet<string>, options: SetupFeatureOptions): boolean {
  for (const name in options) {
    if (!names.has(name) && setupOptions.has(name) && isGiven(options[name as keyof SetupFeatureOptions])) return false;
  }
  return true;
}

// The set-ups of lists of namespaces, because many programs use only the same few lists. As in the usual set-up, their id maps depend on
// the caller.
const listed = new Map<string, ResolvedSetup>();
const listedMax = 64;

/** Returns the set-up for a list of namespaces. The key of the cache contains everything from which it is resolved. */
function resolveList(namespaces: readonly NamespaceType[], isPrivileged: boolean): ResolvedSetup {
  const key = `${namespaces.join()} ${isPrivileged} ${process.geteuid!()} ${process.getegid!()}`;
  let found = listed.get(key);
  if (found === undefined) {
    found = resolveUnusual(own<SetupFeatureOptions>({namespaces}), isPrivileged);
    if (listed.size < listedMax) listed.set(key, found);
  }
  return found;
}

function resolveUnusual(options: SetupFeatureOptions, isPrivileged: boolean): ResolvedSetup {
  const fileSystem = fileSystemOf(options);
  const {
    types: namespaces,
    sources,
    process,
  } = resolveNamespaces(options.namespaces, isPrivileged, fileSystem !== 'host');
  for (const name in options) {
    const feature = needy.get(name);
    const value = (options as Record<string, unknown>)[name];
    if (feature === undefined || !isGiven(value) || namespaces.has(feature.needs!)) continue;
    // An id map without the option `namespaces` adds the user namespace to the default ones.
    if (!feature.addsNamespace || isGiven(options.namespaces)) {
      throw invalidArgValue(`options.${name}`, value, `needs '${feature.needs}' among the namespaces`);
    }
    namespaces.add(feature.needs!);
  }
  const base: {-readonly [Name in keyof ResolvedSetup]: ResolvedSetup[Name]} = {
    namespaces,
    sources,
    process,
    settings: nothing,
    // What is to be joined is known when it is open: targets.ts.
    joins: [],
    sends: [],
    mapsWithin: false,
    awaitsKeeping: false,
    enters: {root: false, cwd: false, pidForChildren: false},
    isInit: namespaces.has('pid') && options.init !== false,
    detached: flagOr(false, options.detached, 'options.detached'),
    fileSystem,
    prepared: preparedContent(options),
    template: undefined,
  };
  const values = setupFeatures.map(feature => feature.resolve?.(options, base));
  base.settings = new Settings(setupIndices, values);
  const mayUse = sources === undefined && base.settings.of(mountSys) === undefined;
  base.template = mayUse ? templateFor(base, base.settings.of(mounts) ?? [], base.settings.of(idMaps)) : undefined;
  if (base.template?.user !== undefined) {
    base.joins = ['user'];
    base.mapsWithin = true;
  }
  return base;
}

/** @param options - an object without inherited properties: {@link own} */
export function resolveProcess(file: string, args: readonly string[], options: ProcessOptions): ResolvedProcess {
  const settings = hasOneOf(settingsOptions, options) ? resolveSettings(options) : nothing;
  const pty = settings.of(terminal);
  const stdio = pty === undefined ? resolveStdio(options.stdio) : resolveStdioWithTerminal(options.stdio);
  const ipc = resolveIpc(stdio, options);
  flagOr(false, options.windowsHide, 'options.windowsHide');
  flagOr(false, options.windowsVerbatimArguments, 'options.windowsVerbatimArguments');
  let resolved = resolveCommand(file, args, options);
  if (pty !== undefined) resolved = withVariables(resolved, {TERM: pty.name});
  if (ipc !== undefined) resolved = withVariables(resolved, channelVariables(ipc));
  return {
    command: resolved,
    stdio,
    ipc,
    newSession: leadsSession(options, stdio, pty !== undefined),
    settings,
    forceKill: resolveForceKill(options),
    onSyscall: resolveHandler(options, settings),
  };
}

function resolveSettings(options: ProcessOptions): Settings {
  const values = commandFeatures.map(feature => feature.resolve?.(options));
  return values.every(value => value === undefined) ? nothing : new Settings(commandIndices, values);
}

function resolveForceKill({forceKillAfterDelay, killSignal}: SpawnOptions): ForceKill | undefined {
  if (!isGiven(forceKillAfterDelay) || forceKillAfterDelay === false) return undefined;
  validateInteger(forceKillAfterDelay, 'options.forceKillAfterDelay', 0, maxGraceMs);
  // Only after this signal, because others (such as SIGWINCH, or SIGHUP to read a configuration again) do not ask a command to end. execa, which
  // passes its own option of this name on, does the same at the same time.
  return {signal: signalNumber(killSignal ?? SIGTERM), delay: forceKillAfterDelay};
}
