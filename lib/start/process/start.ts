// Starts a command: creates its plan, its nsinit and its NamespacedProcess from validated options.
import {NamespaceError} from '../../errors/errors.js';
import {stepOfClone} from '../../features/namespace-pid.js';
import {Keeper, type NamespaceFiles} from '../channel/keeper.js';
import type {Failure} from '../channel/launch-events.js';
import {Nsinit} from '../channel/nsinit.js';
import {Channel} from '../ipc/channel.js';
import type {ResolvedIpc} from '../ipc/options.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess, resolveSetup} from '../options/resolve.js';
import {addRuleset} from '../options/ruleset.js';
import type {SpawnOptions} from '../options/spawn-options.js';
import {addSent, closedEntry, closeParents, closeSources, openStdio, type StdioEntry} from '../options/stdio.js';
import {hasTargets, openTargets} from '../options/targets.js';
import {type CommandSteps, planSetup, type SetupPlan, writeCommand} from '../plan/build.js';
import {PlanWriter, type Step} from '../plan/writer.js';
import {enforcedBy} from './enforced.js';
import {errorOf, isRefusal, streamRefused} from './failure.js';
import {begin, launchEvents, NamespacedProcess} from './namespaced-process.js';
import {LoneOwner, type Owner} from './owner.js';
import {PseudoTerminal} from './pseudo-terminal.js';
import type {Started} from './started.js';
import {openStreams} from './streams.js';
import {Syscalls} from './syscalls.js';

// The nsinit of spawnInNamespace has one command.
const commandId = 1;

/** The arguments of a call, whatever its call form was. */
export interface Call {
  file: string;
  args: readonly string[];
  options: SpawnOptions;
}

/** What the nsinit of a command does, and who owns it. */
export interface OwnerKind {
  plan(setup: ResolvedSetup, sharesTerminal: boolean): SetupPlan;
  /** @param targets - descriptors of what the set-up joins */
  owner(plan: SetupPlan, targets: readonly number[], setup: ResolvedSetup, keeper: Keeper | undefined): Owner;
}

const lone: OwnerKind = {
  plan: planSetup,
  owner: (plan, targets, _, keeper) => new LoneOwner(plan, targets, keeper),
};

/**
 * Starts a command.
 * @param files - keeps new namespaces on files before the command starts. If it cannot be started, they are released again
 * @throws for bad arguments
 */
export function startCommand({file, args, options}: Call, kind = lone, files?: NamespaceFiles): NamespacedProcess {
  const setup = resolveSetup(options);
  const process = resolveProcess(file, args, options);
  if (files === undefined && !hasTargets(setup)) return startIn(kind, setup, process, []);
  const targets = openTargets(setup);
  if (targets instanceof NamespaceError) return startIn(kind, setup, process, [], undefined, targets);
  const keeper = files && new Keeper(files);
  try {
    const {descriptors, env} = targets;
    const inside =
      env === undefined ? process : resolveProcess(file, args, {...options, env: {...env, ...options.env}});
    if (keeper === undefined) return startIn(kind, targets.setup, inside, descriptors);
    const sending = {...targets.setup, sends: [...files!.keys()], awaitsKeeping: true};
    return startIn(kind, sending, inside, [...descriptors, keeper.theirs], keeper);
  } finally {
    targets.close();
    keeper?.close();
  }
}

/**
 * @param targets - descriptors of what the set-up joins, and of what it sends
 * @param keeper - keeps the namespaces that it sends
 * @param refusal - why the targets could not be opened
 */
function startIn(
  kind: OwnerKind,
  setup: ResolvedSetup,
  process: ResolvedProcess,
  targets: readonly number[],
  keeper?: Keeper,
  refusal?: Error,
): NamespacedProcess {
  const plan = kind.plan(setup, !process.newSession);
  return start({
    setup,
    process,
    before: plan.bytes,
    setupSteps: plan.steps,
    id: commandId,
    owner: kind.owner(plan, targets, setup, keeper),
    refusal,
  });
}

/** A command, and the owner of the nsinit that starts it. */
export interface Start {
  setup: ResolvedSetup;
  process: ResolvedProcess;
  /** The frames that are sent before that of the command. */
  before: Uint8Array | undefined;
  setupSteps: readonly Step[];
  id: number;
  owner: Owner;
  /** The reason why nothing is started, if there is one. */
  refusal: Error | undefined;
}

/**
 * Opens the command's pipes, writes its plan, and sends both to nsinit.
 * @throws if a program has changed a class of Node so that its constructor throws. Then no process was started, and nothing is left open
 */
export function start({setup, process, before, setupSteps, id, owner, refusal}: Start): NamespacedProcess {
  const {command, stdio} = process;
  let commandSteps: CommandSteps = [];
  const clone = setup.joins.includes('pid') ? {step: 'namespaces.pid'} : stepOfClone(process.settings, setup);
  const toError = (failure: Failure, send?: Step): Error => {
    const line = {...command, namespaces: setup.namespaces};
    return errorOf(failure, {setup: setupSteps, command: commandSteps, clone, send}, line);
  };
  const sendPlan = (entries: readonly StdioEntry[], child: NamespacedProcess): Nsinit | Error => {
    const writer = new PlanWriter();
    if (before) writer.append(before);
    commandSteps = writeCommand(writer, id, setup, process, entries);
    const sources = entries.map(({source}) => source);
    const nsinit = owner.launch(writer, sources, () => child[launchEvents]);
    return nsinit instanceof Nsinit ? nsinit : toError(nsinit, {step: 'stdio', index: closedEntry(entries)});
  };
  const opened = openDescriptors(process);
  const {entries, syscalls} = opened instanceof Error ? {entries: [], syscalls: undefined} : opened;
  const ownsPid = setup.namespaces.has('pid') && !setup.isInit;
  const started: Started = {
    id,
    file: command.file,
    argv: command.argv,
    fixedNamespacePid: ownsPid ? 1 : undefined,
    owner,
    forceKill: process.forceKill,
    enforced: () => enforcedBy(setup, process.settings),
    syscalls,
    toError,
    streams: [],
    pty: undefined,
    openChannel: channelOpener(entries, process.ipc),
  };
  try {
    started.streams = openStreams(entries, stdio.length);
    started.pty = openPty(entries);
    const child = new NamespacedProcess(started);
    // Nothing may throw from here on, because there is a process, whose events the child receives.
    const launched = refusal ?? (opened instanceof NamespaceError ? opened : sendPlan(entries, child));
    closeSources(entries);
    child[begin](launched);
    return child;
  } catch (error) {
    for (const stream of started.streams) stream?.destroy();
    started.pty?.destroy();
    syscalls?.close();
    closeSources(entries);
    // The descriptors for which no stream was created.
    closeParents(entries);
    if (!isRefusal(error)) throw error;
    const child = new NamespacedProcess({...started, streams: [], pty: undefined, openChannel: undefined});
    child[begin](streamRefused(error));
    return child;
  }
}

/** What a command receives. */
interface Descriptors {
  entries: StdioEntry[];
  /** The calls about which Node decides, if there are any. */
  syscalls: Syscalls | undefined;
}

/** Opens the descriptors of a command. After a failure nothing is left open. */
function openDescriptors(process: ResolvedProcess): Descriptors | NamespaceError {
  const entries = openStdio(process.stdio);
  if (entries instanceof Error) return entries;
  try {
    addRuleset(process, entries);
    if (process.onSyscall === undefined) return {entries, syscalls: undefined};
    const syscalls = new Syscalls(process.onSyscall);
    addSent(entries, syscalls.theirs, 'listener');
    return {entries, syscalls};
  } catch (error) {
    closeSources(entries);
    closeParents(entries);
    return error as NamespaceError;
  }
}

function channelOpener(entries: readonly StdioEntry[], ipc: ResolvedIpc | undefined): Started['openChannel'] {
  const ours = ipc && entries.find(({channel}) => channel)?.channel;
  return ours && ((child, onClosed) => new Channel(child, ours, ipc, onClosed));
}

function openPty(entries: readonly StdioEntry[]): PseudoTerminal | undefined {
  const terminal = entries[0]?.terminal;
  return terminal === undefined ? undefined : new PseudoTerminal(terminal);
}
