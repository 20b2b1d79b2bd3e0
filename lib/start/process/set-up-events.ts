// The events of an nsinit that sets namespaces up, and has no command yet.
import type {LoopReference} from '../../shared/loop-reference.js';
import type {Failure, LaunchEvents} from '../channel/launch-events.js';
import {describeEnd, initBroken, initEnded} from './failure.js';

/** What an nsinit without a command is started for. */
export interface SetUp {
  /** Keeps the event loop alive until nsinit has ended. */
  reference: LoopReference;
  ready: NonNullable<LaunchEvents['ready']>;
  toError(failure: Failure): Error;
  /** @param error - why nsinit has ended */
  ended(error: Error): void;
}

/** Returns what receives the events until the set-up is done. The first failure says why nsinit has ended. */
export function setUpEvents({reference, ready, toError, ended}: SetUp): LaunchEvents {
  let failure: Error | undefined;
  return {
    ready,
    spawned: () => {},
    exited: () => {},
    failed: (_, reported) => {
      failure ??= toError(reported);
    },
    ended: ({signal, isBroken}) => {
      reference.release();
      ended(failure ?? (isBroken ? initBroken() : initEnded(describeEnd(signal))));
    },
  };
}
