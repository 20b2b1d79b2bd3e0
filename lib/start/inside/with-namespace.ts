// withNamespace: runs a function with this thread in other namespaces.
import {types as kinds} from 'node:util';
import {isMainThread} from 'node:worker_threads';
import {codedError, invalidArgType, invalidArgValue, NamespaceError} from '../../errors/errors.js';
import {startReactor, startThreadPool} from '../../errors/threads.js';
import {type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {isOpenNamespace, type OpenNamespace} from '../../shared/source.js';

/** The namespaces that {@link withNamespace} enters: one, a list, or an object with the types as its keys. */
export type EnteredNamespaces =
  | OpenNamespace
  | readonly OpenNamespace[]
  | {readonly [T in NamespaceType]?: OpenNamespace | undefined};

// Why a thread of Node cannot enter them. kernel: kernel/user_namespace.c, kernel/pid_namespace.c, kernel/time/namespace.c, fs/namespace.c
const refused = own<{readonly [T in NamespaceType]?: string}>({
  pid: 'only the next children of a thread enter a PID namespace, and the thread itself never does',
  user: 'the kernel lets no process with several threads into a user namespace',
  time: 'the kernel lets no process with several threads into a time namespace',
});

// What the addon writes: src-native/inside/with_namespace.cc has the same indexes.
const wayIn = 0;
const wayBack = 1;
const syscall = 2;
const index = 3;

/**
 * Calls a function with this thread in other namespaces, and returns what it returns. When this call returns or throws, the thread is back.
 *
 * The function has to be synchronous. What it begins and Node ends later is outside: `listen` with a host, `dgram.bind`, `net.connect`,
 * `fetch`, timers, promises, and all asynchronous functions of `node:fs`, which run in other threads. `listen` with a port alone, `os`,
 * synchronous functions, and processes that it starts are inside. A Worker that it starts stays inside for ever. For sockets use
 * {@link listenIn} and {@link connectIn}.
 *
 * A pid, user or time namespace is refused, since a thread of a process with several threads cannot enter one. A mount namespace is refused
 * on the main thread, whose working directory the threads of `node:fs` share. In a Worker it is entered; from then on a `process.chdir()` of
 * the main thread does not change the directory that synchronous functions of that Worker use.
 *
 * Privilege: CAP_SYS_ADMIN in the caller's user namespace and in the one that owns the namespace; for mnt also CAP_SYS_CHROOT. Linux 4.6.
 *
 * @param handles - what to enter: handles of net, uts, ipc or cgroup namespaces, one of each type at most
 * @param fn - called once, without arguments
 * @throws NamespaceError of the step `withNamespace` if a namespace cannot be entered, with `fn` not called. The same if the thread could not
 * return, because `fn` has given up the privilege for it (`process.setuid`): the thread is still inside then, the message says so, and
 * `cause` is what `fn` has thrown
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, also for an async function; ERR_INVALID_RETURN_VALUE if `fn` returns a promise;
 * ERR_INVALID_STATE for a handle that is closed
 * @see setns(2)
 */
export function withNamespace<T>(handles: EnteredNamespaces, fn: () => T): T {
  const entered = read(handles);
  validateFunction(fn);
  const outcome = new Int32Array(4);
  startReactor();
  startThreadPool();
  let result: T;
  try {
    result = native().withNamespace(
      Int32Array.from(entered, ({fd}) => fd),
      Int32Array.from(entered, ({type}) => native().protocol.namespaces[type]!),
      fn,
      outcome,
    );
  } catch (error) {
    assertBack(outcome, entered, error);
    throw error;
  }
  assertBack(outcome, entered);
  if (outcome[wayIn]! < 0) throw failure(outcome, wayIn, entered);
  if (isPromise(result)) {
    // Nobody else waits for it.
    if (kinds.isPromise(result)) result.catch(() => {});
    throw codedError(
      'ERR_INVALID_RETURN_VALUE',
      'Expected fn to return no promise: what it goes on to do is outside of the namespaces',
      TypeError,
    );
  }
  return result;
}

function read(handles: unknown): OpenNamespace[] {
  const list = isOpenNamespace(handles) ? [handles] : listed(handles);
  if (list.length === 0) throw invalidArgValue('handles', handles, 'must hold at least one handle');
  const seen = new Set<NamespaceType>();
  for (const handle of list) {
    if (!isOpenNamespace(handle)) throw invalidArgType('handles', 'a NamespaceHandle or several of them', handle);
    const {type} = handle;
    const reason = refused[type] ?? (type === 'mnt' && isMainThread ? ofMainThread : undefined);
    if (reason !== undefined) throw invalidArgValue('handles', handle, `must not hold a ${type} namespace: ${reason}`);
    if (seen.has(type)) throw invalidArgValue('handles', handles, `must hold one ${type} namespace at most`);
    seen.add(type);
  }
  return list as OpenNamespace[];
}

const ofMainThread = 'the main thread shares its working directory with the threads of node:fs; use a Worker';

function listed(handles: unknown): unknown[] {
  if (Array.isArray(handles)) return handles;
  if (typeof handles !== 'object' || handles === null) {
    throw invalidArgType('handles', 'a NamespaceHandle or several of them', handles);
  }
  const given = Object.entries(handles).filter(([, handle]) => handle !== undefined && handle !== null);
  for (const [type, handle] of given) {
    if (!namespaceTypes.includes(type as NamespaceType)) throw invalidArgValue('handles', type, 'has an unknown type');
    if (isOpenNamespace(handle) && handle.type !== type) {
      throw invalidArgValue(`handles.${type}`, handle, `must be ${type}, and it is ${handle.type}`);
    }
  }
  return given.map(([, handle]) => handle);
}

function validateFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'of type function', fn);
  if (kinds.isAsyncFunction(fn) || kinds.isGeneratorFunction(fn)) {
    throw invalidArgValue(
      'fn',
      fn,
      'must be synchronous: what it does after its first pause is outside of the namespaces',
    );
  }
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as {then?: unknown}).then === 'function';
}

function assertBack(outcome: Int32Array, entered: readonly OpenNamespace[], cause?: unknown): void {
  if (outcome[wayBack] === 0) return;
  const error = failure(outcome, wayBack, entered);
  error.message += '; this thread is still inside: end the process or the Worker';
  if (cause !== undefined) error.cause = cause;
  throw error;
}

function failure(outcome: Int32Array, way: number, entered: readonly OpenNamespace[]): NamespaceError {
  return new NamespaceError({
    errno: outcome[way]!,
    syscall: native().syscalls[outcome[syscall]!],
    step: 'withNamespace',
    index: outcome[index],
    namespaces: entered.map(({type}) => type),
  });
}
