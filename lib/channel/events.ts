// The way from the addon's reactor thread to whoever waits for an event in this thread.
import {native} from '../native.js';

/** What nsinit counted, of a command or of all; as process.resourceUsage() names it, times in microseconds. */
export interface Usage {
  userCPUTime: number;
  systemCPUTime: number;
  /** Peak resident memory in KB, of the largest process. */
  maxRSS: number;
  minorPageFault: number;
  majorPageFault: number;
  fsRead: number;
  fsWrite: number;
  voluntaryContextSwitches: number;
  involuntaryContextSwitches: number;
}

/** Reads the counts that start at `offset`: the order of nsinit_usage in src-native/protocol/protocol.h. */
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

/** How many counts a usage is. */
export const usageLength = 9;

/** Kinds of events beside the reports: src-native/reactor/environment.h. */
const kinds = {ended: 100, waited: 101, terminal: 102} as const;

/** What an event says. Read at once: the next one is told in the same place. */
export type EventNumbers = Readonly<Float64Array>;

type LaunchHandler = (kind: number | 'ended', numbers: EventNumbers) => void;
type WaitHandler = (numbers: EventNumbers) => void;

const launches = new Map<number, LaunchHandler>();
const waits = new Map<number, WaitHandler>();
const terminals = new Map<number, () => void>();
let isConnected = false;

/** Must be called before anything that answers by events. */
export function connect(): void {
  if (isConnected) return;
  const event = native().connect(() => tell(event[0]!, event[1]!, numbers));
  const numbers = event.subarray(2);
  isConnected = true;
}

function tell(id: number, kind: number, numbers: EventNumbers): void {
  if (kind === kinds.waited) {
    const handler = waits.get(id);
    waits.delete(id);
    handler?.(numbers);
  } else if (kind === kinds.terminal) {
    // One that was closed meanwhile is not there any more.
    terminals.get(id)?.();
  } else {
    const handler = launches.get(id);
    if (kind === kinds.ended) launches.delete(id);
    handler?.(kind === kinds.ended ? 'ended' : kind, numbers);
  }
}

/** Hears of a launch until it has ended. */
export function onLaunch(id: number, handler: LaunchHandler): void {
  launches.set(id, handler);
}

/** Hears of one end of a process. */
export function onWait(id: number, handler: WaitHandler): void {
  waits.set(id, handler);
}

/** Hears whenever something has happened to a terminal, until the handler is taken away again. */
export function onTerminal(id: number, handler: (() => void) | undefined): void {
  if (handler === undefined) terminals.delete(id);
  else terminals.set(id, handler);
}

let holders = 0;

/** Keeps the event loop alive until as many releases. */
export function hold(): void {
  if (holders++ === 0) native().hold(true);
}

export function release(): void {
  if (--holders === 0) native().hold(false);
}
