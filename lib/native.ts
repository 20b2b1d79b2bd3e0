// Loads the addon; the only file that does. It is loaded at the first use, so that an import succeeds on any platform.
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {codedError} from './errors.js';
import type {NativeInspection} from './native-inspection.js';

type Numbers = Readonly<Record<string, number>>;

/** The protocol's numbers, from src-native/protocol.h. */
export interface Protocol {
  readonly frames: Numbers;
  readonly operations: Numbers;
  readonly reports: Numbers;
  readonly stages: Numbers;
  readonly nodeSteps: Numbers;
  /** nsinit's exit codes with a meaning of their own. */
  readonly exits: Numbers;
  readonly setupFlags: Numbers;
  /** CLONE_NEW* by the name under /proc/PID/ns, in the order of the SPAWNED report. */
  readonly namespaces: Numbers;
  readonly datagramMax: number;
  readonly descriptorsMax: number;
}

/**
 * The addon's functions: one a system call, or one a step of a launch. They answer with the result, or with the negative
 * errno; the files under src-native/ say more of each.
 */
export interface Native extends NativeInspection {
  /** Constants by their kernel names. */
  readonly constants: Numbers;
  /** RLIMIT_* by the kernel's names in lower case. */
  readonly resources: Numbers;
  /** Names of system calls by number, of those that a set-up can fail in. */
  readonly syscalls: Readonly<Record<number, string>>;
  readonly protocol: Protocol;

  /** Calls the handler for each event of the reactor's, with it in the array: the launch's or wait's id, what happened, its numbers. */
  connect(handler: () => void): Float64Array;
  hold(yes: boolean): void;
  setImageFile(path: string): void;
  /** Writes the EXEC operation: of `variables`, or of this process's own. */
  writeExec(
    buffer: Uint8Array,
    offset: number,
    line: string,
    argc: number,
    variables: string | undefined,
    variableCount: number,
    written: Int32Array,
  ): number;
  hasCapability(capability: number): boolean;
  /** Features of the kernel by name: 0, or the negative errno. */
  tryFeatures(): Numbers;

  launch(
    plan: Uint8Array,
    size: number,
    descriptors: Int32Array,
    descriptorCount: number,
    cloneFlags: number,
    setupFlags: number,
    command: number,
    maps: [setgroups: string, gidMap: string, uidMap: string] | undefined,
    result: Int32Array,
  ): number;
  spawn(
    launch: number,
    plan: Uint8Array,
    size: number,
    descriptors: Int32Array,
    descriptorCount: number,
    command: number,
  ): number;
  signal(launch: number, command: number, signal: number, scope: number): number;
  kill(launch: number, attempt: number): number;
  hasUnread(launch: number): boolean;
  shutDown(launch: number, signal: number, graceMs: number): number;
  lastPid(launch: number, question: number, pid: number): number;
  closeLaunch(launch: number): void;

  pipe(pair: Int32Array, size: number): number;
  socketPair(pair: Int32Array): number;
  duplicate(fd: number): number;
  /** Closes a descriptor that the addon has made in this thread; -EBADF for another one. */
  close(fd: number): number;
  /** Has a descriptor closed at the latest when the environment (Worker) ends. */
  keep(fd: number): void;
  /** The same for one that the program may close by other means. */
  entrust(fd: number): void;
  /** Calls a function that makes streams of descriptors, which are the streams' then. */
  adopt<T>(make: () => T, ...descriptors: number[]): T;
  isOpen(fd: number): boolean;
  isReadable(fd: number): boolean;
  bytesToRead(fd: number): number;
  isTerminal(fd: number): boolean;
  receiveTerminal(socket: number): number;
  setWindowSize(fd: number, columns: number, rows: number): number;
  openNull(): number;
  takeForeground(fd: number): number;
  terminalSettings(fd: number): Uint8Array | undefined;
  setTerminalSettings(fd: number, settings: Uint8Array): number;

  unshare(flags: number): number;
  setns(fd: number, flags: number): number;
  startThreadPool(callback: () => void): void;
  clone(
    flags: number,
    exitSignal: number,
    path: string,
    args: string[],
    env: string[],
    descriptors: Int32Array,
    setTid: Int32Array,
    cgroup: number,
    result: Int32Array,
  ): void;
  waitid(type: number, id: number, options: number, result: Float64Array): number;
  waitForExit(pidfd: number, options: number): number;
  pidfdOpen(pid: number, flags: number): number;
  pidfdSendSignal(pidfd: number, signal: number, flags: number): number;
}

let addon: Native | undefined;

/**
 * The addon.
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM elsewhere than on Linux
 */
export function native(): Native {
  addon ??= load();
  return addon;
}

interface NodeGypBuild {
  (root: string): Native;
  path(root: string): string;
}

function load(): Native {
  if (process.platform !== 'linux') {
    throw codedError(
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `namespaces are a feature of Linux, and this is ${process.platform}`,
    );
  }
  const root = fileURLToPath(new URL('..', import.meta.url));
  const nodeGypBuild = createRequire(import.meta.url)('node-gyp-build') as NodeGypBuild;
  const loaded = nodeGypBuild(root);
  // For machines that forbid executable memfds (vm.memfd_noexec=2): nsinit as a file, beside the addon.
  loaded.setImageFile(path.join(path.dirname(nodeGypBuild.path(root)), 'nsinit'));
  return {...loaded, protocol: plainProtocol(loaded.protocol)};
}

// Objects made by an addon are slow dictionaries; copies are not, and every spawn reads these.
function plainProtocol(protocol: Protocol): Protocol {
  return Object.fromEntries(
    Object.entries(protocol).map(([name, value]) => [name, typeof value === 'number' ? value : {...value}]),
  ) as unknown as Protocol;
}
