// One nsinit, from its launch to its end: the decoder of what it reports, and the way to tell it something.
import {constants} from 'node:os';
import {type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {native} from '../native.js';
import type {SetupPlan} from '../plan/build.js';
import type {PlanWriter} from '../plan/writer.js';
import {connect, type EventNumbers, onLaunch, readUsage, type Usage, usageLength} from './events.js';

/** A failure as it was reported: what `operation` counts depends on the stage. */
export interface Failure {
  stage: 'NODE' | 'SETUP' | 'COMMAND' | 'CLONE' | 'PROTOCOL' | 'INIT';
  operation: number;
  /** The negative errno. */
  errno: number;
  syscall: string | undefined;
}

/** Ids (inode numbers) of namespaces by type, as far as they could be read. */
export type NamespaceIds = Partial<Record<NamespaceType, number>>;

/** The command is executed. */
export interface Spawned {
  /** Its PID in its own PID namespace. */
  namespacePid: number;
  /** Its PID in the caller's PID namespace. */
  hostPid: number;
  /** The ids of the new namespaces by type, where they could be read. */
  namespaces: NamespaceIds;
}

/** The command is gone. */
export interface Exited {
  exitCode: number | null;
  signal: number | null;
  all: Usage;
  command: Usage;
}

/** How nsinit itself ended: waitid's si_code and si_status; code 0 where somebody else reaped it. */
export interface Ended {
  code: number;
  status: number;
}

/** What happens to a launch. `id` is the command's. */
export interface LaunchEvents {
  /** The set-up of a sandbox is done; with the ids of its new namespaces. */
  ready?(namespaces: NamespaceIds): void;
  spawned(id: number, spawned: Spawned): void;
  exited(id: number, exited: Exited): void;
  /** id 0: of the set-up, so of all. */
  failed(id: number, failure: Failure): void;
  /** Whatever was tried to end nsinit was refused. */
  unkillable?(failure: Failure): void;
  /** nsinit's ns_last_pid, or the negative errno. */
  lastPid?(question: number, answer: number): void;
  ended(ended: Ended): void;
}

/** To whom a signal goes: src-native/protocol/protocol.h. */
export const signalScope = {process: 0, group: 1, all: 2} as const;

// How often, and how many times, nsinit is told to end that has not yet: three seconds. src-native/launch/launch.cc knows what to try when.
const insistMs = 250;
const attemptsMax = 12;

// What goes to the addon, and comes back, in the same array: src-native/launch/launch.cc has the same indexes.
const request = new Int32Array(3);
// One for every plan: the addon has sent it when the call returns.
let list = new Int32Array(16);

function listed(descriptors: readonly number[]): Int32Array {
  if (descriptors.length > list.length) list = new Int32Array(descriptors.length);
  for (let i = 0; i < descriptors.length; i++) list[i] = descriptors[i]!;
  return list;
}

/** A running nsinit. */
export class Launch {
  /** nsinit's PID, in the caller's PID namespace. */
  readonly pid: number;
  readonly #id: number;

  readonly #events: () => LaunchEvents;
  #insisting: NodeJS.Timeout | undefined;
  #attempts = 0;
  #heard = 0;

  private constructor(pid: number, id: number, events: () => LaunchEvents) {
    this.pid = pid;
    this.#id = id;
    this.#events = events;
    onLaunch(id, (kind, numbers) => {
      this.#heard++;
      if (kind === 'ended') clearInterval(this.#insisting);
      dispatch(kind, numbers, events());
    });
  }

  /**
   * Starts nsinit with a plan. Answers the launch, or why there is none.
   * @param events - who is told of what happens, asked when it does
   */
  static start(
    writer: PlanWriter,
    plan: SetupPlan,
    descriptors: readonly number[],
    events: () => LaunchEvents,
  ): Launch | Failure {
    connect();
    const addon = native();
    request[0] = writer.size;
    request[1] = descriptors.length;
    const id = addon.launch(writer.bytes, listed(descriptors), request, plan.maps);
    const [pid, number, operation] = request as unknown as [number, number, number];
    if (pid < 0) return {stage: 'NODE', operation, errno: pid, syscall: addon.syscalls[number]};
    return new Launch(pid, id, events);
  }

  /** Starts a further command. Answers why it could not be sent, if so. */
  spawn(writer: PlanWriter, descriptors: readonly number[]): Failure | undefined {
    const addon = native();
    request[0] = writer.size;
    request[1] = descriptors.length;
    const errno = addon.spawn(this.#id, writer.bytes, listed(descriptors), request);
    if (errno === 0) return undefined;
    const syscall = 'sendmsg';
    return errno === -constants.errno.EBADF
      ? {stage: 'NODE', operation: addon.protocol.nodeSteps.SEND!, errno, syscall}
      : {stage: 'PROTOCOL', operation: 0, errno, syscall};
  }

  /** Signals a command, through nsinit. Answers 0 or the negative errno; ESRCH once nsinit is gone. */
  signal(command: number, signal: number, scope: number = signalScope.process): number {
    return native().signal(this.#id, command, signal, scope);
  }

  /** How many things have been heard of it. */
  get heard(): number {
    return this.#heard;
  }

  /** Whether nsinit has still to read something that was sent to it. */
  get hasUnread(): boolean {
    return native().hasUnread(this.#id);
  }

  /**
   * Ends nsinit and all that it holds. An init dies at once, and its PID namespace with it; a supervisor is asked to, and killed where
   * it does not hear of it, since a command has stopped it. Where the kernel refuses the signal, nsinit is asked through the channel;
   * `unkillable` hears where nothing helps. Answers 0, or -ESRCH where it is gone.
   */
  kill(): number {
    if (this.#insisting !== undefined) return 0;
    const answer = native().kill(this.#id, 0);
    if (answer === -constants.errno.ESRCH) return answer;
    this.#attempts = 1;
    this.#insisting = setInterval(() => this.#insist(), insistMs).unref();
    return 0;
  }

  #insist(): void {
    const answer = native().kill(this.#id, this.#attempts++);
    if (answer !== -constants.errno.ESRCH && this.#attempts <= attemptsMax) return;
    clearInterval(this.#insisting);
    this.#insisting = undefined;
    if (answer === 0 || answer === -constants.errno.ESRCH) return;
    const operation = native().protocol.nodeSteps.KILL!;
    this.#events().unkillable?.({stage: 'NODE', operation, errno: answer, syscall: 'pidfd_send_signal'});
  }

  /** Ends everything: a signal for every process, or 0, and after the grace time the end. Answers 0 or the negative errno. */
  shutDown(signal: number, graceMs: number): number {
    return native().shutDown(this.#id, signal, graceMs);
  }

  /** Asks for ns_last_pid inside, or sets it. Answers 0 or the negative errno; `lastPid` hears the rest. */
  askLastPid(question: number, pid = 0): number {
    return native().lastPid(this.#id, question, pid);
  }

  /** Closes the channel, whereupon nsinit ends all that it holds. */
  close(): void {
    native().closeLaunch(this.#id);
  }
}

function dispatch(kind: number | 'ended', numbers: EventNumbers, events: LaunchEvents): void {
  if (kind === 'ended') {
    events.ended({code: numbers[0]!, status: numbers[1]!});
    return;
  }
  const {reports} = native().protocol;
  const id = numbers[0]!;
  if (kind === reports.SPAWNED) events.spawned(id, readSpawned(numbers));
  else if (kind === reports.EXITED) events.exited(id, readExited(numbers));
  else if (kind === reports.FAILED) events.failed(id, readFailure(numbers));
  else if (kind === reports.READY) events.ready?.(readNamespaces(numbers, 1));
  else if (kind === reports.LAST_PID) events.lastPid?.(id, numbers[2] ? -numbers[2] : numbers[1]!);
}

function readSpawned(numbers: EventNumbers): Spawned {
  return {namespacePid: numbers[1]!, hostPid: numbers[2]!, namespaces: readNamespaces(numbers, 3)};
}

function readNamespaces(numbers: EventNumbers, offset: number): NamespaceIds {
  const ids: NamespaceIds = {};
  namespaceTypes.forEach((type, index) => {
    const id = numbers[offset + index];
    if (id) ids[type] = id;
  });
  return ids;
}

function readExited(numbers: EventNumbers): Exited {
  const exitCode = numbers[1]!;
  const signal = numbers[2]!;
  return {
    exitCode: exitCode < 0 ? null : exitCode,
    signal: signal === 0 ? null : signal,
    all: readUsage(numbers, 3),
    command: readUsage(numbers, 3 + usageLength),
  };
}

function readFailure(numbers: EventNumbers): Failure {
  const [, stage, operation, error, number] = numbers as unknown as [number, number, number, number, number];
  const {protocol, syscalls} = native();
  const [name] = Object.entries(protocol.stages).find(([, value]) => value === stage) as [Failure['stage'], number];
  return {stage: name, operation, errno: -error, syscall: syscalls[number]};
}
