// spawnInNamespace: options -> plan -> launch -> NamespacedProcess.
import type {StdioNull, StdioPipe} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import {type Failure, Launch} from './channel/launch.js';
import {callForm} from './options/command.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess, resolveSetup} from './options/resolve.js';
import type {SpawnOptions} from './options/spawn-options.js';
import {closeSources, openStdio, type StdioEntry} from './options/stdio.js';
import {type CommandSteps, writeCommand, writeSetup} from './plan/build.js';
import {PlanWriter} from './plan/writer.js';
import {killOnAbort, killOnTimeout, resolveKill} from './process/deadline.js';
import {errorOf} from './process/failure.js';
import {deliver, NamespacedProcess} from './process/namespaced-process.js';
import {openStreams} from './process/streams.js';

/** A process whose three streams are pipes: the default. */
export interface NamespacedProcessWithStreams extends NamespacedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

type WithPipes = SpawnOptions & {stdio?: StdioPipe | readonly (StdioPipe | StdioNull)[] | undefined};

// A launch of spawnInNamespace has one command.
const commandId = 1;

/**
 * Starts a command in new namespaces: child_process.spawn with `namespaces` and what belongs to them.
 *
 * It returns at once; the set-up happens in another process, and an error in it is an 'error' event with the failed `step`. When
 * 'close' fires, no process of a new PID namespace is left, whatever the command did.
 *
 * Needs Linux 5.11, and CAP_SYS_ADMIN or unprivileged user namespaces. clone(2), namespaces(7), pid_namespaces(7)
 *
 * @param command - looked up along PATH, inside
 * @param args - its arguments
 * @param options - those of child_process.spawn, and {@link SpawnOptions}
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL for a bad argument;
 * ERR_FEATURE_UNAVAILABLE_ON_PLATFORM elsewhere than on Linux
 */
export function spawnInNamespace(command: string, options?: WithPipes & {stdio?: undefined | 'pipe'}): NamespacedProcessWithStreams;
export function spawnInNamespace(
  command: string,
  args?: readonly string[] | null,
  options?: WithPipes & {stdio?: undefined | 'pipe'},
): NamespacedProcessWithStreams;
export function spawnInNamespace(command: string, options: SpawnOptions): NamespacedProcess;
export function spawnInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: SpawnOptions,
): NamespacedProcess;
export function spawnInNamespace(command: string, args?: unknown, options?: unknown): NamespacedProcess {
  const call = callForm<SpawnOptions>(command, args, options);
  const kill = resolveKill(call.options);
  const child = start(resolveSetup(call.options), resolveProcess(call.file, call.args, call.options));
  killOnAbort(child, kill);
  killOnTimeout(child, kill);
  return child;
}

function start(setup: ResolvedSetup, command: ResolvedProcess): NamespacedProcess {
  const writer = new PlanWriter();
  const plan = writeSetup(writer, setup, !command.newSession, false);
  let commandSteps: CommandSteps = [];
  const toError = (failure: Failure): Error => errorOf(failure, plan.steps, commandSteps, command);
  const launchWith = (entries: readonly StdioEntry[]): Launch | Error => {
    commandSteps = writeCommand(writer, commandId, setup, command, entries);
    const sources = entries.map(({source}) => source);
    // What it tells comes later, when there is a child to tell it to.
    const answer = Launch.start(writer, plan, commandId, sources, () => child[deliver]);
    closeSources(entries);
    return answer instanceof Launch ? answer : toError(answer);
  };
  const entries = openStdio(command.stdio);
  const launch = entries instanceof Error ? entries : launchWith(entries);
  const child: NamespacedProcess = new NamespacedProcess({
    launch,
    id: commandId,
    file: command.file,
    argv: command.argv,
    streams: openStreams(entries instanceof Error ? [] : entries, command.stdio.length),
    fixedNamespacePid: setup.namespaces.has('pid') && !setup.init.isInit ? 1 : undefined,
    toError,
  });
  return child;
}
