// Passes the events of the addon's reactor thread to those that wait for them in this thread.
import {isLoopHeld} from './loop-reference.js';
import {native} from './native.js';

/**
 * The resources that a command, or all of its processes, have used, as the kernel counts them. The names are those of
 * process.resourceUsage().
 *
 * @see getrusage(2)
 */
export interface Usage {
  /** The CPU time in user mode, in microseconds. */
  userCPUTime: number;
  /** The CPU time in kernel mode, in microseconds. */
  systemCPUTime: number;
  /** The peak resident memory of the largest process, in KB. */
  maxRSS: number;
  /** The number of page faults that needed no input or output. */
  minorPageFault: number;
  /** The number of page faults that needed input or output. */
  majorPageFault: number;
  /** How much was read from devices by file systems, in blocks of 512 bytes. */
  fsRead: number;
  /** How much was written to devices by file systems, in blocks of 512 bytes. */
  fsWrite: number;
  /** How often a process has given up the CPU, usually to wait. */
  voluntaryContextSwitches: number;
  /** How often the kernel has taken the CPU from a process. */
  involuntaryContextSwitches: number;
}

/** Reads the counts that start at `offset`. They are in the order of nsinit_usage in src-native/protocol/protocol.h. */
export function readUsage(numbers: ArrayLike<number>, offset: number): Usage {
  return {
    userCPUTime: numbers[offset]!,
    systemCPUTime: numbers[offset + 1]!,
    maxRSS: numbers[offset + 2]!,
    minorPageFault: numbers[offset + 3]!,
    majorPageFault: numbers[offset + 4]!,
    fsRead: numbers[offset + 5]!,
    fsWrite: numbers[offset + 6]!,
    voluntaryContextSwitches: numbers[offset + 7]!,
    involuntaryContextSwitches: numbers[offset + 8]!,
  };
}

/** The number of counts that a usage consists of. */
export const usageLength = 9;

/** The kinds of events that are not reports of nsinit: src-native/reactor/environment.h. */
let kinds: Readonly<Record<string, number>>;

/** The numbers of an event. They must be read at once, because the next event overwrites them. */
export type EventNumbers = Readonly<Float64Array>;

type LaunchHandler = (kind: number | 'ended', numbers: EventNumbers) => void;
type WaitHandler = (numbers: EventNumbers) => void;
type ListenerHandler = (kind: 'call' | 'forbidden' | 'ended', numbers: EventNumbers) => void;

const launches = new Map<number, LaunchHandler>();
const waits = new Map<number, WaitHandler>();
const watched = new Map<number, () => void>();
const listeners = new Map<number, ListenerHandler>();
let isConnected = false;

/** Must be called before anything that causes events. */
export function connect(): void {
  if (isConnected) return;
  // A copy: V8 represents objects that an addon creates as dictionaries, which are slow to read.
  kinds = {...native().eventKinds};
  // The connection lasts as long as the thread. What looks for open handles, such as jest --detectOpenHandles, asks whether it keeps the
  // program alive.
  const resource = {hasRef: isLoopHeld};
  const event = native().connect(() => deliver(event[0]!, event[1]!, numbers), resource);
  const numbers = event.subarray(2);
  isConnected = true;
}

function deliver(id: number, kind: number, numbers: EventNumbers): void {
  if (kind === kinds.WAITED) {
    const handler = waits.get(id);
    waits.delete(id);
    handler?.(numbers);
  } else if (kind === kinds.WATCHED) {
    // A descriptor that has been closed meanwhile has no handler.
    watched.get(id)?.();
  } else if (kind === kinds.SYSCALL) {
    listeners.get(id)?.('call', numbers);
  } else if (kind === kinds.FORBIDDEN) {
    listeners.get(id)?.('forbidden', numbers);
  } else if (kind === kinds.LISTENER_ENDED) {
    listeners.get(id)?.('ended', numbers);
  } else {
    const handler = launches.get(id);
    if (kind === kinds.ENDED) launches.delete(id);
    handler?.(kind === kinds.ENDED ? 'ended' : kind, numbers);
  }
}

/** Registers the handler for the events of a launch. It is removed when nsinit has ended. */
export function onLaunch(id: number, handler: LaunchHandler): void {
  launches.set(id, handler);
}

/** Registers the handler for the end of a process. It is called once. */
export function onWait(id: number, handler: WaitHandler): void {
  waits.set(id, handler);
}

/** Registers the handler for the events of a descriptor that the addon watches. */
export function onWatched(id: number, handler: () => void): void {
  watched.set(id, handler);
}

/** Ends the watch, and closes the descriptor. */
export function closeWatched(id: number): void {
  watched.delete(id);
  native().closeWatched(id);
}

/** Registers the handler for the calls of a command that wait for their results, and for the end of these; undefined removes it. */
export function onListener(id: number, handler: ListenerHandler | undefined): void {
  if (handler === undefined) listeners.delete(id);
  else listeners.set(id, handler);
}
