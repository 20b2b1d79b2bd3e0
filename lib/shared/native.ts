// Loads the addon. No other file does. The addon is loaded at the first use, so that an import succeeds on any platform.
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {codedError} from './argument-errors.js';
import type {NativeInspection} from './native-inspection.js';

type Numbers = Readonly<Record<string, number>>;

/** The numbers of the protocol, from src-native/protocol/protocol.h. */
export interface Protocol {
  readonly frames: Numbers;
  readonly operations: Numbers;
  readonly reports: Numbers;
  readonly stages: Numbers;
  readonly nodeSteps: Numbers;
  /** The exit codes of nsinit that have a special meaning. */
  readonly exits: Numbers;
  readonly setupFlags: Numbers;
  /** Which processes receive a signal. */
  readonly scopes: Numbers;
  /** Where the operation ENTER_ROOT finds a directory. */
  readonly enters: Numbers;
  /** How a source is opened, what a root is and what is mounted: src-native/protocol/mounts.h. */
  readonly sources: Numbers;
  readonly sourceFlags: Numbers;
  readonly roots: Numbers;
  readonly mounts: Numbers;
  readonly mountFlags: Numbers;
  readonly socketFlags: Numbers;
  /** What the file worker writes and is asked for: src-native/protocol/files.h. */
  readonly fileRecords: Numbers;
  readonly fileFlags: Numbers;
  /** CLONE_NEW* by the name under /proc/PID/ns, in the order of the SPAWNED report. */
  readonly namespaces: Numbers;
  readonly datagramMax: number;
  readonly descriptorsMax: number;
}

/**
 * The functions of the addon: one for each system call, or for each step of a launch. They return the result or a negated errno. The files
 * in src-native/ document them.
 */
export interface Native extends NativeInspection {
  /** Constants by their kernel names. */
  readonly constants: Numbers;
  /** Constants by their kernel names that this package needs, and namespawn/sys does not export. */
  readonly internalConstants: Numbers;
  /** The kinds of events that are not reports of nsinit. */
  readonly eventKinds: Numbers;
  /** The numbers of PIDFD_GET_*_NAMESPACE, by the links of /proc/PID/ns. readProcess() returns ids in this order. */
  readonly namespaceRequests: Numbers;
  /** RLIMIT_* by the kernel's names in lower case. */
  readonly resources: Numbers;
  /** CAP_* by their kernel names. */
  readonly capabilities: Numbers;
  /** The names of all system calls, by number. -2 is pthread_create, which is none. */
  readonly syscalls: Readonly<Record<number, string>>;
  readonly protocol: Protocol;

  /** Calls the handler for each event of the reactor. The array then holds the id of the launch, wait or terminal, the kind, and numbers. */
  connect(handler: () => void, resource: {hasRef(): boolean}): Float64Array;
  hold(yes: boolean): void;
  /** Starts the reactor's thread if it does not run. Returns undefined, or the negated errno and the number of the call that has failed. */
  startReactor(): undefined | [errno: number, syscall: number];
  setImageFile(path: string): void;
  /** The descriptor of nsinit's executable, which must not be closed. */
  imageDescriptor(): number;
  /** Writes the EXEC operation with the environment `variables`, or with this process's environment where it is undefined. */
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
  userId(name: string): number;
  /** Returns the name of a user, or a negated errno. */
  userName(id: number): string | number;
  groupId(name: string): number;
  isLandlocked(): boolean;
  /** The version of Landlock, or a negated errno. */
  landlockAbi(): number;
  /** Creates a ruleset of Landlock: src-native/inspect/landlock_ruleset.cc. `failed` receives a system call and the index of a path. */
  landlockRuleset(
    handled: Uint32Array,
    paths: readonly string[],
    rights: Uint32Array,
    ports: Uint32Array,
    failed: Int32Array,
  ): number;
  /** Tries features of the kernel. Returns 0 or a negated errno for each, by name. */
  tryFeatures(): Numbers;

  launch(
    plan: Uint8Array,
    descriptors: Int32Array,
    request: Int32Array,
    maps: [setgroups: string, gidMap: string, uidMap: string, programs: string] | undefined,
  ): number;
  /** Lets an nsinit go on that waits for Node. */
  goOn(nsinit: number): number;
  spawn(nsinit: number, plan: Uint8Array, descriptors: Int32Array, request: Int32Array): number;
  signal(nsinit: number, command: number, signal: number, scope: number): number;
  kill(nsinit: number, attempt: number): number;
  hasUnread(nsinit: number): boolean;
  shutDown(nsinit: number, signal: number, graceMs: number): number;
  lastPid(nsinit: number, requestId: number, pid: number): number;

  pipe(pair: Int32Array, size: number): number;
  socketPair(pair: Int32Array): number;
  duplicate(fd: number): number;
  /** Closes a descriptor that the addon has created in this thread. Returns -EBADF for any other one. */
  close(fd: number): number;
  /** Closes the descriptor when the environment (Worker) ends, if it is still open then. */
  keep(fd: number): void;
  /** The same for a descriptor that the program may close in other ways. */
  entrust(fd: number): void;
  /** Calls a function that creates streams for descriptors. The descriptors belong to the streams from then on. */
  adopt<T>(make: () => T, ...descriptors: number[]): T;
  isOpen(fd: number): boolean;
  isReadable(fd: number): boolean;
  bytesToRead(fd: number): number;
  isTerminal(fd: number): boolean;
  /** Receives the master that the process of a command has sent. Returns the id of the terminal, by which its events name it. */
  openTerminal(socket: number): number;
  /** Watches the end of a pipe or a socket. Returns its id, which the functions for terminals take. */
  watchPipe(fd: number): number;
  endPipe(pipe: number): number;
  readTerminal(terminal: number, buffer: Uint8Array): number;
  writeTerminal(terminal: number, buffer: Uint8Array, offset: number, max: number): number;
  resizeTerminal(terminal: number, columns: number, rows: number): number;
  /** Closes what openTerminal(), watchPipe() or watchDirectory() has opened. */
  closeWatched(id: number): number;
  /** Waits for a seccomp listener that is sent over a socket, and ends processes whose calls the program `killing` kills. Returns the id that its events have. */
  listen(socket: number, killing: Uint8Array | undefined): number;
  /** Ends a call, with a value or with an errno that is not 0. The halves of numbers of 64 bits follow each other, the low one first. */
  respond(listener: number, low: number, high: number, valueLow: number, valueHigh: number, errno: number): number;
  respondWithDescriptor(listener: number, low: number, high: number, fd: number, closeOnExec: boolean): number;
  isCallWaiting(listener: number, low: number, high: number): boolean;
  /** Must be called once for each call, after it has got its result. */
  forgetCall(listener: number): void;
  closeListener(listener: number): void;
  openNull(): number;
  takeForeground(fd: number): number;
  isForeground(fd: number): boolean;
  setForeground(fd: number, group: number): number;
  /** From now on {@link isFromKernel} knows about a signal that process has a listener for. */
  recordSender(signal: number): void;
  /** Whether the terminal, and not a process, has sent the signal that has arrived last. */
  isFromKernel(signal: number): boolean;
  dieWithParent(): number;
  terminalSettings(fd: number): Uint8Array | undefined;
  setTerminalSettings(fd: number, settings: Uint8Array): number;

  /** Calls the function with this thread in the namespaces. The outcome is described in lib/start/inside/with-namespace.ts. */
  withNamespace<T>(descriptors: Int32Array, types: Int32Array, fn: () => T, outcome: Int32Array): T;

  /** Returns a struct sockaddr; undefined if the host is no IP address. */
  socketAddress(host: string, port: number): Uint8Array | undefined;
  /** Makes a socket in a net namespace, or in that of this thread (-1). Returns it; or a negated errno, and the system call in `failed`. */
  openSocket(net: number, type: number, flags: number, address: Uint8Array, failed: Int32Array): number;
  /** Two ends of a channel: the first receives a socket, the second is for the nsinit that sends it. */
  socketChannel(pair: Int32Array): number;
  /** Receives the socket that the process `pid` has sent. Anything but the one that was asked for is refused with -EPROTO. */
  receiveSocket(channel: number, pid: number, net: number, type: number, flags: number, address: Uint8Array): number;
  /** Gives the number of a descriptor to the file of another one, which keeps its own as well: dup3. */
  replace(fd: number, by: number): number;

  unshare(flags: number): number;
  setns(fd: number, flags: number): number;
  startThreadPool(callback: () => void): void;
  clone(
    path: string,
    args: string[],
    env: string[],
    descriptors: Int32Array,
    setTid: Int32Array,
    request: Float64Array,
  ): void;
  waitid(type: number, id: number, options: number, result: Float64Array): number;
  waitForExit(pidfd: number, options: number): number;
  pidfdOpen(pid: number, flags: number): number;
  pidfdSendSignal(pidfd: number, signal: number, flags: number): number;
}

let addon: Native | undefined;

/**
 * Returns the addon, and loads it at the first call.
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM on other systems than Linux
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
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const nodeGypBuild = createRequire(import.meta.url)('node-gyp-build') as NodeGypBuild;
  const loaded = nodeGypBuild(root);
  // For machines that forbid executable memfds (vm.memfd_noexec=2): nsinit as a file, beside the addon.
  loaded.setImageFile(path.join(path.dirname(nodeGypBuild.path(root)), 'nsinit'));
  return {...loaded, protocol: plainProtocol(loaded.protocol), internalConstants: {...loaded.internalConstants}};
}

// Copies the objects that every spawn reads. V8 represents objects that an addon creates as dictionaries, which are slow to read.
function plainProtocol(protocol: Protocol): Protocol {
  return Object.fromEntries(
    Object.entries(protocol).map(([name, value]) => [name, typeof value === 'number' ? value : {...value}]),
  ) as unknown as Protocol;
}
