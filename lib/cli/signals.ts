// Forwards signals of this process to the command, and parses names of signals on the command line.
import {constants} from 'node:os';
import {InvalidArgumentError} from 'commander';
import {SIGRTMAX, SIGRTMIN} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import {signalName, signalNumber} from '../shared/validate.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';

const realTime: Readonly<Record<string, number>> = {RTMIN: SIGRTMIN, RTMAX: SIGRTMAX};

/** Parses a list of signals such as TERM,SIGINT,RTMIN+1,10 into numbers. Node has no names for real-time signals. */
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

// The terminal sends these signals to its whole foreground process group, and so to the command as well, unless the command has a group of
// its own there. This process does not forward them if the terminal has sent them. It listens for them, so that they do not end it before the
// command has reacted.
const terminalSignals: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);
// Signals that are not forwarded: those that cannot be caught, those that Node or its libraries use, those of a fault in this process, and
// those that stop it as a job.
const ownSignals: ReadonlySet<string> = new Set(
  'KILL STOP CHLD PIPE PROF ILL TRAP ABRT BUS FPE SEGV SYS TSTP TTIN TTOU'.split(' ').map(name => `SIG${name}`),
);
const endingSignals: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/** Options of {@link forwardSignals}. */
export interface Forwarding {
  /** The time in milliseconds between a signal that ends the command and SIGKILL. Default: SIGKILL is not sent. */
  grace?: number;
  /** Whether the command has its own pseudo-terminal. Default: false. */
  pty?: boolean;
  /** Whether the command has a process group of its own in the foreground of the terminal: job.ts. Default: false. */
  isJob?: boolean;
  /** The numbers of the signals to forward. Default: all. */
  forward?: number[];
}

/** Forwards the signals that this process receives to the command. `childOf` is called when a signal arrives. */
export function forwardSignals(
  childOf: () => NamespacedProcess,
  {grace: graceMs, pty, isJob, forward}: Forwarding,
): void {
  const sharesTerminal = !pty && !isJob && [0, 1, 2].some(fd => native().isTerminal(fd));
  for (const number of new Set(Object.values(constants.signals))) {
    const signal = signalName(number);
    // A command with its own pseudo-terminal receives SIGWINCH from that terminal.
    if (ownSignals.has(signal) || (pty && signal === 'SIGWINCH') || (isJob && signal === 'SIGCONT')) continue;
    const isOfTerminal = sharesTerminal && terminalSignals.has(signal);
    process.on(signal, () => {
      const child = childOf();
      const isKept = (isOfTerminal && native().isFromKernel(number)) || forward?.includes(number) === false;
      if (graceMs !== undefined && endingSignals.has(signal))
        void child.shutdown({signal: isKept ? 0 : signal, graceMs});
      else if (!isKept) child.kill(signal);
    });
    if (isOfTerminal) native().recordSender(number);
  }
}
