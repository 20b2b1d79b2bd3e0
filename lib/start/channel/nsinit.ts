// One nsinit, from its launch to its end.

import type {IdMapTexts} from '../../features/feature.js';
import {connect, onLaunch} from '../../shared/events.js';
import {EBADF, ESRCH} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import type {SetupPlan} from '../plan/build.js';
import type {PlanWriter} from '../plan/writer.js';
import type {Keeper} from './keeper.js';
import {dispatch, type Failure, type LaunchEvents} from './launch-events.js';
import {runMapPrograms} from './map-programs.js';

/** Which processes receive a signal: NSINIT_SCOPES of src-native/protocol/protocol.h. */
export type SignalScope = 'PROCESS' | 'GROUP' | 'ALL';

// Node tries to end nsinit 12 times in 3 seconds, until it has ended. src-native/launch/end.cc decides how each attempt is made.
const retryMs = 250;
const maxAttempts = 12;

// The addon reads its arguments from this array, and writes its results into it: src-native/launch/start.cc has the same indexes.
const request = new Int32Array(3);
// One array serves every plan, because the addon has sent it when the call returns.
let list = new Int32Array(16);

function listed(descriptors: readonly number[]): Int32Array {
  if (descriptors.length > list.length) list = new Int32Array(descriptors.length);
  for (let i = 0; i < descriptors.length; i++) list[i] = descriptors[i]!;
  return list;
}

/** A running nsinit. Its methods return a negated errno where the addon does; it is ESRCH once nsinit has ended. */
export class Nsinit {
  /** The PID of nsinit in the caller's PID namespace. */
  readonly pid: number;
  readonly #id: number;
  readonly #events: () => LaunchEvents;
  #keeper: Keeper | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #attempts = 0;
  #eventCount = 0;

  private constructor(
    pid: number,
    id: number,
    maps: IdMapTexts | undefined,
    events: () => LaunchEvents,
    keeper: Keeper | undefined,
  ) {
    this.pid = pid;
    this.#id = id;
    this.#events = events;
    this.#keeper = keeper;
    keeper?.start();
    const {MAPS_WANTED, NAMESPACES_SENT, SPAWNED} = native().protocol.reports;
    onLaunch(id, (kind, numbers) => {
      this.#eventCount++;
      if (kind === 'ended') clearInterval(this.#retrying);
      if (kind === MAPS_WANTED) this.#writeMaps(maps!);
      else if (kind === NAMESPACES_SENT) this.#goOn(this.#keeper?.keep());
      else {
        this.#keeper?.end(kind !== SPAWNED);
        this.#keeper = undefined;
        dispatch(kind, numbers, events());
      }
    });
  }

  /**
   * Starts an nsinit with a plan.
   * @param events - returns who receives an event; called for each of them
   * @param keeper - keeps the namespaces, if the plan lets nsinit wait for that
   * @returns nsinit, or why it could not be started
   */
  static start(
    writer: PlanWriter,
    plan: SetupPlan,
    descriptors: readonly number[],
    events: () => LaunchEvents,
    keeper?: Keeper,
  ): Nsinit | Failure {
    connect();
    const addon = native();
    request[0] = writer.size;
    request[1] = descriptors.length;
    const id = addon.launch(writer.bytes, listed(descriptors), request, plan.maps);
    const [pid, number, operation] = request as unknown as [number, number, number];
    if (pid < 0) return {stage: 'NODE', operation, errno: pid, syscall: addon.syscalls[number]};
    return new Nsinit(pid, id, plan.maps, events, keeper);
  }

  #writeMaps(maps: IdMapTexts): void {
    runMapPrograms(this.pid, maps, failure => this.#goOn(failure));
  }

  /** Node has done what nsinit waits for, or it has failed. */
  #goOn(failure: Failure | undefined): void {
    if (failure === undefined) {
      native().goOn(this.#id);
      return;
    }
    this.#events().failed(0, failure);
    this.kill();
  }

  /**
   * Starts a further command.
   * @returns why its plan could not be sent, or undefined
   */
  spawn(writer: PlanWriter, descriptors: readonly number[]): Failure | undefined {
    const addon = native();
    request[0] = writer.size;
    request[1] = descriptors.length;
    const errno = addon.spawn(this.#id, writer.bytes, listed(descriptors), request);
    if (errno === 0) return undefined;
    const [, number, operation] = request as unknown as [number, number, number];
    const syscall = addon.syscalls[number];
    return errno === EBADF || operation === addon.protocol.nodeSteps.PLAN
      ? {stage: 'NODE', operation, errno, syscall}
      : {stage: 'PROTOCOL', operation: 0, errno, syscall};
  }

  /**
   * Asks nsinit to send a signal to a command.
   * @returns 0 or the negated errno
   */
  signal(command: number, signal: number, scope: SignalScope = 'PROCESS'): number {
    return native().signal(this.#id, command, signal, native().protocol.scopes[scope]!);
  }

  /** How many events nsinit has caused so far. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** Whether nsinit has not yet read all that was sent to it. */
  get hasUnread(): boolean {
    return native().hasUnread(this.#id);
  }

  /**
   * Ends nsinit and all of its processes. A PID 1 is killed, and its PID namespace with it. A supervisor is asked to end its processes, and
   * is killed only if it cannot read the request, because a command has stopped it. If the kernel refuses the signal, nsinit is asked through
   * its channel. If that fails as well, `unkillable` is called.
   * @returns 0, or ESRCH if nsinit has ended
   */
  kill(): number {
    if (this.#retrying !== undefined) return 0;
    const errno = native().kill(this.#id, 0);
    if (errno === ESRCH) return errno;
    this.#attempts = 1;
    this.#retrying = setInterval(() => this.#retry(), retryMs).unref();
    return 0;
  }

  #retry(): void {
    const errno = native().kill(this.#id, this.#attempts++);
    if (errno !== ESRCH && this.#attempts <= maxAttempts) return;
    clearInterval(this.#retrying);
    this.#retrying = undefined;
    if (errno === 0 || errno === ESRCH) return;
    const operation = native().protocol.nodeSteps.KILL!;
    this.#events().unkillable?.({stage: 'NODE', operation, errno, syscall: 'pidfd_send_signal'});
  }

  /**
   * Asks nsinit to send a signal to every process, and to end when they have ended or the grace time is over.
   * @param signal - 0 sends none
   * @returns 0 or the negated errno
   */
  shutDown(signal: number, graceMs: number): number {
    return native().shutDown(this.#id, signal, graceMs);
  }

  /**
   * Asks nsinit to read ns_last_pid inside, or to write it. The event `lastPid` reports the result.
   * @param pid - what is written; 0 reads
   * @returns 0 or the negated errno
   */
  askLastPid(requestId: number, pid = 0): number {
    return native().lastPid(this.#id, requestId, pid);
  }
}
