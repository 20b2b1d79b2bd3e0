// The option `init`: which signals nsinit forwards, and when it ends.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {flagOr, isGiven, signalNumber} from '../shared/validate.js';
import {setupFeature} from './feature.js';

/** Which signals nsinit forwards, and when it ends. */
export interface InitOptions {
  /**
   * Which of the signals that nsinit receives it forwards to the command. Default: true, which means all but SIGKILL and SIGSTOP, which no
   * process can catch, and SIGCHLD, which nsinit uses itself.
   */
  forwardSignals?: boolean | readonly (NodeJS.Signals | number)[] | undefined;
  /** Whether they are forwarded to the command alone, or to its process group. Default: 'process', but 'group' with `detached`. */
  forwardTo?: 'process' | 'group' | undefined;
  /** Whether the namespace is kept until its last process has ended. 'exit' then reports the status of the command. Default: false. */
  waitForAll?: boolean | undefined;
}

export interface InitOption {
  /**
   * Whether nsinit is PID 1 of a new PID namespace, and the command PID 2. With false the command itself is PID 1, and nsinit supervises it
   * from outside. The kernel then discards every signal that the command does not handle, except SIGKILL and SIGSTOP from outside. Without
   * a new PID namespace nsinit always supervises from outside. Default: true. pid_namespaces(7)
   */
  init?: boolean | InitOptions | undefined;
}

export interface ResolvedInit {
  /** A mask in which bit n-1 stands for signal n, or Infinity for all signals. */
  forwarded: number | bigint;
  forwardToGroup: boolean;
  waitForAll: boolean;
}

export const init = setupFeature<InitOption, ResolvedInit>({
  title: 'Signals and the end of nsinit',
  isPartOfFrame: true,
  examples: {init: false},
  resolve: (options, {detached}) => resolveInit(options.init, detached),
  write(operations, value, {isInit}) {
    if (isInit) operations.setFlag('IS_INIT');
    if (value?.forwardToGroup) operations.setFlag('FORWARD_TO_GROUP');
    if (value?.waitForAll) operations.setFlag('WAIT_FOR_ALL');
    operations.forwarded = value?.forwarded ?? allSignals;
  },
});

const initOptions = new KnownOptions(namesOf<InitOptions>({forwardSignals: true, forwardTo: true, waitForAll: true}));

// A mask in which all bits are set.
const allSignals = Infinity;

function resolveInit(option: unknown, detached: boolean): ResolvedInit {
  if (isGiven(option) && typeof option !== 'boolean' && typeof option !== 'object') {
    throw invalidArgType('options.init', 'of type boolean or object', option);
  }
  const given = typeof option === 'object' ? (option as InitOptions | null) : undefined;
  const {forwardSignals, forwardTo, waitForAll} = initOptions.read(given, 'options.init');
  if (isGiven(forwardTo) && forwardTo !== 'process' && forwardTo !== 'group') {
    throw invalidArgValue('options.init.forwardTo', forwardTo, "must be 'process' or 'group'");
  }
  return {
    forwarded: resolveForwarded(forwardSignals),
    // A program that signals the process group of a detached child wants to reach the children of the child as well.
    forwardToGroup: isGiven(forwardTo) ? forwardTo === 'group' : detached,
    waitForAll: flagOr(false, waitForAll, 'options.init.waitForAll'),
  };
}

function resolveForwarded(option: unknown): number | bigint {
  if (!isGiven(option) || option === true) return allSignals;
  if (option === false) return 0;
  if (!Array.isArray(option)) {
    throw invalidArgType('options.init.forwardSignals', 'of type boolean or an array of signals', option);
  }
  const numbers = new Set(option.map(signalNumber));
  return [...numbers].reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n);
}
