// The option `init`: which signals nsinit forwards, and when it ends.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {flagOr, isGiven, signalNumber} from '../shared/validate.js';
import {setupFeature} from './feature.js';

/** How nsinit looks after the command. */
export interface InitOptions {
  /**
   * Which signals that reach nsinit go on to the command. Default true: all but SIGKILL, SIGSTOP, which no process
   * can take, and SIGCHLD, which is nsinit's own.
   */
  forwardSignals?: boolean | readonly (NodeJS.Signals | number)[] | undefined;
  /** Whether they go to the command alone or to the process group that it leads. Default 'process', but 'group' with `detached`. */
  forwardTo?: 'process' | 'group' | undefined;
  /** Keeps the namespace until its last process is gone, and then reports the command's status. Default false. */
  waitForAll?: boolean | undefined;
}

export interface InitOption {
  /**
   * Default true with a new PID namespace: nsinit is PID 1 and the command PID 2. With false the command is PID 1 itself,
   * and nsinit supervises it from outside: the kernel shields a PID 1 from every signal that it does not handle.
   */
  init?: boolean | InitOptions | undefined;
}

export interface ResolvedInit {
  /** Bit n-1 for signal n; Infinity for all. */
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

// All ones.
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
    // A program that signals the group of a detached child means the child's children, too.
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
