// A checked command -> a plan -> a launch -> a NamespacedProcess.
import {type Failure, Launch} from '../channel/launch.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess, resolveSetup} from '../options/resolve.js';
import type {SpawnOptions} from '../options/spawn-options.js';
import {closeSources, openStdio, type StdioEntry} from '../options/stdio.js';
import {type CommandSteps, writeCommand, writeSetup} from '../plan/build.js';
import {PlanWriter} from '../plan/writer.js';
import {errorOf} from './failure.js';
import {deliver, NamespacedProcess} from './namespaced-process.js';
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
  return start(resolveSetup(options), resolveProcess(file, args, options));
}

function start(setup: ResolvedSetup, process: ResolvedProcess): NamespacedProcess {
  const {command, stdio} = process;
  const writer = new PlanWriter();
  const plan = writeSetup(writer, setup, !process.newSession, false);
  let commandSteps: CommandSteps = [];
  const toError = (failure: Failure): Error => errorOf(failure, plan.steps, commandSteps, command);
  const launchWith = (entries: readonly StdioEntry[]): Launch | Error => {
    commandSteps = writeCommand(writer, commandId, setup, process, entries);
    const sources = entries.map(({source}) => source);
    // What it tells comes later, when there is a child to tell it to.
    const answer = Launch.start(writer, plan, commandId, sources, () => child[deliver]);
    closeSources(entries);
    return answer instanceof Launch ? answer : toError(answer);
  };
  const entries = openStdio(stdio);
  const launch = entries instanceof Error ? entries : launchWith(entries);
  const child: NamespacedProcess = new NamespacedProcess({
    launch,
    id: commandId,
    file: command.file,
    argv: command.argv,
    streams: openStreams(entries instanceof Error ? [] : entries, stdio.length),
    fixedNamespacePid: setup.namespaces.has('pid') && !setup.init.isInit ? 1 : undefined,
    toError,
  });
  return child;
}
