// Which signals that reach this process go on to a command, and how they are named on the command line.
import {constants} from 'node:os';
import {InvalidArgumentError} from 'commander';
import {native} from '../native.js';
import type {NamespacedProcess} from '../process/namespaced-process.js';
import {SIGRTMIN, signalName, signalNumber} from '../validate.js';

const realTime: Readonly<Record<string, number>> = {RTMIN: SIGRTMIN, RTMAX: 64};

/** TERM,SIGINT,RTMIN+1,10 as numbers: Node has no names of real-time signals. */
export function toSignals(text: string): number[] {
  return text.split(',').map(word => {
    const name = word.toUpperCase().replace(/^SIG/, '');
    const [, base, offset] = /^(RTMIN|RTMAX)([+-]\d+)?$/.exec(name) ?? [];
    try {
      if (base !== undefined) return signalNumber(realTime[base]! + Number(offset ?? 0));
      return signalNumber(/^\d+$/.test(name) ? Number(name) : `SIG${name}`);
    } catch {
      throw new InvalidArgumentError(`There is no signal ${word}.`);
    }
  });
}

// What the terminal sends goes to the whole foreground group, the command included: here it must only not end this process before
// the command has decided what to do.
const terminalSignals: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);
// What cannot be taken, what Node or its libraries take, what a fault of this process raises, and what stops it as a job.
const ownSignals: ReadonlySet<string> = new Set(
  'KILL STOP CHLD PIPE PROF ILL TRAP ABRT BUS FPE SEGV SYS TSTP TTIN TTOU'.split(' ').map(name => `SIG${name}`),
);
const endingSignals: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

export interface Forwarding {
  /** Milliseconds from an ending signal to SIGKILL. */
  grace?: number;
  /** Whether the command has a terminal of its own. */
  pty?: boolean;
  /** Which signals go on, by number; else all. */
  forward?: number[];
}

/** Sends on to the command what this process gets. `childOf` is asked when a signal comes. */
export function forwardSignals(childOf: () => NamespacedProcess, {grace: graceMs, pty, forward}: Forwarding): void {
  const isAtTerminal = !pty && [0, 1, 2].some(fd => native().isTerminal(fd));
  for (const number of new Set(Object.values(constants.signals))) {
    const signal = signalName(number);
    // With a terminal of its own the command hears of a new size through that.
    if (ownSignals.has(signal) || (pty && signal === 'SIGWINCH')) continue;
    const isKept = (isAtTerminal && terminalSignals.has(signal)) || forward?.includes(number) === false;
    process.on(signal, () => {
      const child = childOf();
      if (graceMs !== undefined && endingSignals.has(signal))
        void child.shutdown({signal: isKept ? 0 : signal, graceMs});
      else if (!isKept) child.kill(signal);
    });
  }
}
