// A checked command -> a plan -> a launch -> a NamespacedProcess.
import type {Socket} from 'node:net';
import {type Failure, Launch} from '../channel/launch.js';
import {stepOfClone} from '../features/namespace-pid.js';
import {Channel} from '../ipc/channel.js';
import type {ResolvedIpc} from '../ipc/options.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess, resolveSetup} from '../options/resolve.js';
import type {SpawnOptions} from '../options/spawn-options.js';
import {closedEntry, closeParents, closeSources, openStdio, type StdioEntry} from '../options/stdio.js';
import {type CommandSteps, planSetup, writeCommand} from '../plan/build.js';
import {PlanWriter, type Step} from '../plan/writer.js';
import {errorOf, isRefusal, streamRefused} from './failure.js';
import {begin, deliver, NamespacedProcess, type SandboxOfCommand, type Started} from './namespaced-process.js';
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
    sandbox: undefined,
    launch: (writer, sources, child) => Launch.start(writer, plan, sources, () => child[deliver]),
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
  sandbox: SandboxOfCommand | undefined;
  launch(writer: PlanWriter, sources: readonly number[], child: NamespacedProcess): Launch | Failure;
}

/**
 * Opens the command's pipes, writes its frame, and hands both over.
 * @throws what a constructor throws that somebody has changed; then there is no process, and everything is closed again
 */
export function start({setup, process, before, setupSteps, id, sandbox, launch}: Start): NamespacedProcess {
  const {command, stdio} = process;
  let commandSteps: CommandSteps = [];
  const clone = stepOfClone(process.settings);
  const toError = (failure: Failure, send?: Step): Error => {
    const line = {...command, namespaces: setup.namespaces};
    return errorOf(failure, {setup: setupSteps, command: commandSteps, clone, send}, line);
  };
  const hand = (entries: readonly StdioEntry[], child: NamespacedProcess): Launch | Error => {
    const writer = new PlanWriter();
    if (before) writer.append(before);
    commandSteps = writeCommand(writer, id, setup, process, entries);
    const answer = launch(
      writer,
      entries.map(({source}) => source),
      child,
    );
    if (answer instanceof Launch) return answer;
    return toError(answer, {step: 'stdio', index: closedEntry(entries)});
  };
  const opened = openStdio(stdio);
  const entries = opened instanceof Error ? [] : opened;
  const ownsPid = setup.namespaces.has('pid') && !setup.isInit;
  const given = {
    id,
    file: command.file,
    argv: command.argv,
    fixedNamespacePid: ownsPid ? 1 : undefined,
    sandbox,
    forceKill: process.forceKill,
    toError,
  };
  const made: {streams: (Socket | null)[]; pty: PseudoTerminal | undefined} = {streams: [], pty: undefined};
  try {
    made.streams = openStreams(entries, stdio.length);
    made.pty = openPty(entries);
    const child = new NamespacedProcess({...given, ...made, openChannel: channelOpener(entries, process.ipc)});
    // The last that may throw: from here on there is a process, and a child that hears of it.
    const launched = opened instanceof Error ? opened : hand(entries, child);
    closeSources(entries);
    child[begin](launched);
    return child;
  } catch (error) {
    for (const stream of [...made.streams, made.pty]) stream?.destroy();
    closeSources(entries);
    // Those that no stream has yet.
    closeParents(entries);
    if (!isRefusal(error)) throw error;
    const child = new NamespacedProcess({...given, streams: [], pty: undefined, openChannel: undefined});
    child[begin](streamRefused(error));
    return child;
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
