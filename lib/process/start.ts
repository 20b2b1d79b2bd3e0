// A checked command -> a plan -> a launch -> a NamespacedProcess.
import {type Failure, Launch} from '../channel/launch.js';
import {Channel} from '../ipc/channel.js';
import type {ResolvedIpc} from '../ipc/options.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess, resolveSetup} from '../options/resolve.js';
import type {SpawnOptions} from '../options/spawn-options.js';
import {closedEntry, closeParents, closeSources, openStdio, type StdioEntry} from '../options/stdio.js';
import {type CommandSteps, planSetup, writeCommand} from '../plan/build.js';
import {PlanWriter, type Step} from '../plan/writer.js';
import {errorOf, streamRefused} from './failure.js';
import {deliver, NamespacedProcess, type SandboxOfCommand, type Started} from './namespaced-process.js';
import {PseudoTerminal} from './pseudo-terminal.js';
import {openStreams} from './streams.js';

// A launch of spawnInNamespace has one command.
const commandId = 1;

/** What was called for, with the call form sorted out. */
export interface Call {
  file: string;
  args: readonly string[];
  options: SpawnOptions;
}

/**
 * Starts a command.
 * @throws for bad arguments
 */
export function startCommand({file, args, options}: Call): NamespacedProcess {
  const setup = resolveSetup(options);
  const process = resolveProcess(file, args, options);
  const plan = planSetup(setup, !process.newSession);
  return start({
    setup,
    process,
    before: plan.bytes,
    setupSteps: plan.steps,
    id: commandId,
    // What it tells comes later, when there is a child to tell it to.
    launch: (writer, sources, child) => Launch.start(writer, plan, commandId, sources, () => child()[deliver]),
  });
}

/** A command, and how it gets to its nsinit. */
export interface Start {
  setup: ResolvedSetup;
  process: ResolvedProcess;
  /** What is sent before the command. */
  before: Uint8Array | undefined;
  setupSteps: readonly Step[];
  id: number;
  /** The sandbox that it is to be in. */
  sandbox?: SandboxOfCommand | undefined;
  launch(writer: PlanWriter, sources: readonly number[], child: () => NamespacedProcess): Launch | Failure;
}

/** Writes the command's frame, opens its pipes, and hands both over. */
export function start({setup, process, before, setupSteps, id, sandbox, launch}: Start): NamespacedProcess {
  const {command, stdio} = process;
  let commandSteps: CommandSteps = [];
  const clone = {step: process.namespacePid === 0 ? 'namespaces' : 'namespacePid'};
  const toError = (failure: Failure, send?: Step): Error => {
    const line = {...command, namespaces: setup.namespaces};
    return errorOf(failure, {setup: setupSteps, command: commandSteps, clone, send}, line);
  };
  const hand = (entries: readonly StdioEntry[]): Launch | Error => {
    const writer = new PlanWriter();
    if (before) writer.append(before);
    commandSteps = writeCommand(writer, id, setup, process, entries);
    const answer = launch(
      writer,
      entries.map(({source}) => source),
      () => child,
    );
    const error = answer instanceof Launch ? undefined : toError(answer, {step: 'stdio', index: closedEntry(entries)});
    closeSources(entries);
    return error ?? (answer as Launch);
  };
  const entries = openStdio(stdio);
  const launched = entries instanceof Error ? entries : hand(entries);
  const ownsPid = setup.namespaces.has('pid') && !setup.init.isInit;
  const opened = entries instanceof Error ? [] : entries;
  const started: Started = {
    launch: launched,
    id,
    file: command.file,
    argv: command.argv,
    streams: [],
    openChannel: undefined,
    pty: undefined,
    fixedNamespacePid: ownsPid ? 1 : undefined,
    sandbox,
    forceKill: process.forceKill,
    toError,
    failure: undefined,
  };
  const child: NamespacedProcess = withStreams(started, opened, process);
  return child;
}

/** The launch is under way by now: where the system refuses to make a stream, it ends, and the child tells the reason. */
function withStreams(
  started: Started,
  entries: readonly StdioEntry[],
  {stdio, ipc}: ResolvedProcess,
): NamespacedProcess {
  try {
    started.streams = openStreams(entries, stdio.length);
    started.openChannel = channelOpener(entries, ipc);
    started.pty = openPty(entries);
    return new NamespacedProcess(started);
  } catch (error) {
    for (const stream of started.streams) stream?.destroy();
    closeParents(entries);
    const failure = streamRefused(error as NodeJS.ErrnoException);
    return new NamespacedProcess({...started, streams: [], openChannel: undefined, pty: undefined, failure});
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
