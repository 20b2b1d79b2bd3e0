// What nsinit reports, decoded: src-native/launch/report_decoder.cc writes the numbers.

import {type EventNumbers, readUsage, type Usage, usageLength} from '../../shared/events.js';
import {type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {decodeInitEnd, type InitEnd} from './init-end.js';

/** A failure, as nsinit or the addon has reported it. */
export interface Failure {
  /** Where it happened. */
  stage: 'NODE' | 'SETUP' | 'COMMAND' | 'CLONE' | 'PROTOCOL' | 'INIT';
  /** The index of the operation in the stages SETUP and COMMAND, an NSINIT_NODE_STEP in the stage NODE. */
  operation: number;
  /** The negated errno. */
  errno: number;
  syscall: string | undefined;
  /** The path that Node has used, if it is not that of the operation. */
  path?: string | undefined;
}

/** The ids (inode numbers) of the namespaces that were created, by type. A namespace whose id could not be read is absent. */
export type NewNamespaceIds = Partial<Record<NamespaceType, number>>;

/** The command has been executed. */
export interface Spawned {
  /** The PID of the command in its own PID namespace. */
  namespacePid: number;
  /** The PID of the command in the caller's PID namespace. */
  hostPid: number;
  namespaces: NewNamespaceIds;
}

/**
 * What a command and its descendants have used, as the kernel counts it. Times are in microseconds, memory is in KB.
 *
 * Outside a sandbox these are all processes of the namespace, or without a PID namespace all descendants. Those that are left when the command
 * ends are ended, reaped and counted before 'exit'. With `waitForAll` they are counted when they end by themselves.
 *
 * In a sandbox these are the command, the children that it and its descendants have waited for, and of the processes that have lost their
 * parents those in the session or the process group of the command, if they have ended before it. A process that runs on or has called
 * setsid(2) is part of the `usage` of the sandbox only.
 *
 * The kernel does not count a process whose parent ignores SIGCHLD, and with `init: false` none that is alive when the command ends.
 */
export interface CommandUsage extends Usage {
  /** What the command itself has used, and the children that it and its descendants have waited for. */
  command: Usage;
}

/** The command has ended. */
export interface Exited {
  exitCode: number | null;
  signal: number | null;
  /** What the command and its descendants have used, as far as nsinit knows them. */
  usage: CommandUsage;
  /** What all processes have used that nsinit has reaped so far. */
  total: Usage;
}

/** Receives the events of one nsinit. `id` is that of the command. */
export interface LaunchEvents {
  /**
   * The set-up of a sandbox is done.
   * @param pid - the PID of its init, which is not the process that was launched if the init had to join namespaces first
   */
  ready?(namespaces: NewNamespaceIds, pid: number): void;
  spawned(id: number, spawned: Spawned): void;
  exited(id: number, exited: Exited): void;
  /** A command with the option `foreground` was stopped by this signal. It is reported once until SIGCONT has been sent to the command. */
  stopped?(id: number, signal: number): void;
  /** A command could not be started. If the id is 0, the set-up has failed, and nsinit ends. */
  failed(id: number, failure: Failure): void;
  /** The kernel has refused every way to end nsinit. */
  unkillable?(failure: Failure): void;
  /** The result of a request: ns_last_pid inside, or the negated errno. */
  lastPid?(request: number, result: number): void;
  /** @param reason - why a sandbox has ended, for its commands */
  ended(end: InitEnd, reason?: Error): void;
}

/** Decodes an event and passes it on. */
export function dispatch(kind: number | 'ended', numbers: EventNumbers, events: LaunchEvents): void {
  if (kind === 'ended') {
    events.ended(decodeInitEnd(numbers[0]!, numbers[1]!));
    return;
  }
  const {reports} = native().protocol;
  const id = numbers[0]!;
  if (kind === reports.SPAWNED) events.spawned(id, readSpawned(numbers));
  else if (kind === reports.EXITED) events.exited(id, readExited(numbers));
  else if (kind === reports.STOPPED) events.stopped?.(id, numbers[1]!);
  else if (kind === reports.FAILED) events.failed(id, readFailure(numbers));
  else if (kind === reports.READY) events.ready?.(readNamespaces(numbers, 2), numbers[1]!);
  else if (kind === reports.LAST_PID) events.lastPid?.(id, numbers[2] ? -numbers[2] : numbers[1]!);
}

function readSpawned(numbers: EventNumbers): Spawned {
  return {namespacePid: numbers[1]!, hostPid: numbers[2]!, namespaces: readNamespaces(numbers, 3)};
}

function readNamespaces(numbers: EventNumbers, offset: number): NewNamespaceIds {
  const ids: NewNamespaceIds = {};
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
    usage: readCommandUsage(numbers, 3),
    total: readUsage(numbers, 3 + 2 * usageLength),
  };
}

// Written out, because V8 copies an object that is spread property by property (4 us in each command).
function readCommandUsage(numbers: EventNumbers, offset: number): CommandUsage {
  const usage = readUsage(numbers, offset) as CommandUsage;
  usage.command = readUsage(numbers, offset + usageLength);
  return usage;
}

function readFailure(numbers: EventNumbers): Failure {
  const [, stage, operation, error, number] = numbers as unknown as [number, number, number, number, number];
  const {protocol, syscalls} = native();
  const [name] = Object.entries(protocol.stages).find(([, value]) => value === stage) as [Failure['stage'], number];
  return {stage: name, operation, errno: -error, syscall: syscalls[number]};
}
