// A command as a job: this process stops when the command was stopped, and continues it when the shell continues this process.
import {readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {native} from '../shared/native.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';

const terminal = 0;

/**
 * Returns whether the command can have the terminal for itself. In a pipeline it cannot, because the other programs would lose the terminal,
 * and neither if this process is in the background.
 */
export function canBeJob(): boolean {
  return [0, 1].every(fd => native().isTerminal(fd)) && native().isForeground(terminal);
}

/** A command that can be stopped. */
export interface Job {
  /** Whether the shell has continued this process in the background. */
  readonly isInBackground: boolean;
}

/**
 * Stops this process with the command, and the command with this process. `childOf` is called when something has happened.
 * @param isJob - whether the command has the terminal for itself. Otherwise it is not known when the command was stopped
 * @param leadsSession - whether the command leads a session of its own
 */
export function stopWith(childOf: () => NamespacedProcess, isJob: boolean, leadsSession: boolean): Job {
  const job = {isInBackground: false};
  const {SIGTSTP} = constants.signals;
  const listen = (): void => {
    process.on('SIGTSTP', onStop);
    native().recordSender(SIGTSTP);
  };
  /** Stops this process and the others of its group, as Control-Z does. Returns when the shell has continued it. */
  const stop = (target: number): void => {
    process.off('SIGTSTP', onStop);
    process.kill(target, 'SIGTSTP');
    listen();
  };
  const onStop = (): void => {
    // The kernel does not let SIGTSTP stop the leader of a session, which no shell could continue. Where none can continue this process
    // either, it has not stopped, and neither does the command.
    if (leadsSession && !canBeContinued()) return;
    // If the terminal has sent the signal, the command has received it as well.
    if (leadsSession) childOf().kill('SIGSTOP');
    else if (isJob || !native().isFromKernel(SIGTSTP)) childOf().kill('SIGTSTP');
    if (!isJob) stop(process.pid);
  };
  const resume = (): void => {
    const child = childOf();
    job.isInBackground = !native().isForeground(terminal);
    if (!job.isInBackground && child.hostPid !== undefined) native().setForeground(terminal, child.hostPid);
    child.kill('SIGCONT');
  };
  listen();
  if (!isJob) return job;
  process.on('SIGCONT', resume);
  // The listener is added when the command exists. It cannot have been stopped before.
  setImmediate(() => {
    childOf().on('stopped', () => {
      if (!job.isInBackground) native().takeForeground(terminal);
      if (canBeContinued()) stop(0);
      else resume();
    });
  });
  return job;
}

interface Stat {
  parent: number;
  group: number;
  session: number;
}

/** Returns whether there is a shell that would continue this process. Without one it would be stopped for ever. */
function canBeContinued(): boolean {
  const own = statOf(process.pid);
  let parent = own && statOf(own.parent);
  while (parent !== undefined && parent.group === own!.group) parent = statOf(parent.parent);
  return parent !== undefined && parent.session === own!.session;
}

function statOf(pid: number): Stat | undefined {
  try {
    const [, parent, group, session] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return {parent: Number(parent), group: Number(group), session: Number(session)};
  } catch {
    return undefined;
  }
}
