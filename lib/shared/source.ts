// The values by which a caller can name a process or a namespace.
import {invalidArgType, invalidArgValue, outOfRange} from './argument-errors.js';
import {INT_MAX} from './kernel.js';
import type {NamespaceType} from './namespace-types.js';
import {hasMember, memberOf} from './own.js';

/** The result of {@link processIdentity}. Compare identities with `===`. Their content is not part of the interface. */
export type ProcessIdentity = string & {readonly processIdentity?: never};

/**
 * An object that stands for a process, such as a `NamespacedProcess` or a `Sandbox`. If it has a `hostPid` (the PID of the command), it
 * stands for that process, otherwise for the process with its `pid`. Both are PIDs in the caller's PID namespace.
 */
export interface ProcessReference {
  /** The PID of the process, which is used if there is no `hostPid`. */
  readonly pid?: number | undefined;
  /** The PID of the process. */
  readonly hostPid?: number | undefined;
  /** An earlier result of {@link processIdentity}. If it is set, another process with the same PID is refused with ESRCH. */
  readonly identity?: ProcessIdentity | undefined;
}

/** A process, named by its PID, by a pidfd (which the function does not close), or by an object that stands for the process. */
export type ProcessSource = number | {readonly pidfd: number} | ProcessReference;

/**
 * A namespace, named by a process that lives in it, or by a path to it: `/proc/PID/ns/net`, a bind mount, or `/run/netns/NAME`.
 */
export type NamespaceSource = ProcessSource | {readonly path: string};

/** An open namespace, such as a {@link NamespaceHandle}. */
export interface OpenNamespace {
  /** A descriptor of the namespace. */
  readonly fd: number;
  /** The type of the namespace. */
  readonly type: NamespaceType;
  /** The inode number. */
  readonly id: number;
}

/** Under this key the result of namespacesOf() holds the process that it is of. */
export const processKey = Symbol('process');

/** What can be joined: a handle, a process, or a path to a namespace, which may be given as a string. */
export type NamespaceReference = OpenNamespace | NamespaceSource | string;

/** A source after validation. */
export type ResolvedSource =
  | {kind: 'path'; path: string}
  | {kind: 'pidfd'; pidfd: number}
  | {kind: 'pid'; pid: number; identity: ProcessIdentity | undefined; callersNumber: boolean};

const expected = 'a PID, {path}, {pidfd}, a NamespacedProcess or a Sandbox';

/**
 * Validates a source and determines its kind.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 */
export function resolveSource(source: NamespaceSource, name = 'source'): ResolvedSource {
  if (typeof source === 'number')
    return {kind: 'pid', pid: validPid(source, name), identity: undefined, callersNumber: false};
  if (typeof source !== 'object' || source === null) throw invalidArgType(name, expected, source);
  if (hasMember(source, 'path')) {
    const path = memberOf(source, 'path');
    if (typeof path !== 'string') throw invalidArgType(`${name}.path`, 'of type string', path);
    return {kind: 'path', path};
  }
  if (hasMember(source, 'pidfd')) {
    const pidfd = memberOf(source, 'pidfd') as number;
    if (!Number.isInteger(pidfd) || pidfd < 0) throw invalidArgType(`${name}.pidfd`, 'a file descriptor', pidfd);
    return {kind: 'pidfd', pidfd};
  }
  if (!hasMember(source, 'pid') && !hasMember(source, 'hostPid')) throw invalidArgType(name, expected, source);
  const pid = (memberOf(source, 'hostPid') ?? memberOf(source, 'pid')) as number | undefined;
  if (pid === undefined) throw invalidArgValue(name, source, 'has no process: it was not spawned');
  const identity = memberOf(source, 'identity') as ProcessIdentity | undefined;
  return {kind: 'pid', pid: validPid(pid, `${name}.pid`), identity, callersNumber: true};
}

/** As {@link resolveSource}, but refuses a path. */
export function resolveProcess(source: ProcessSource, name = 'source'): Exclude<ResolvedSource, {kind: 'path'}> {
  const resolved = resolveSource(source, name);
  if (resolved.kind === 'path') throw invalidArgType(name, 'a PID, {pidfd}, a NamespacedProcess or a Sandbox', source);
  return resolved;
}

/**
 * Checks that a number can be a PID, and returns it.
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
export function validPid(pid: number, name = 'pid'): number {
  if (typeof pid !== 'number') throw invalidArgType(name, 'of type number', pid);
  // 0 is allowed, because the kernel reports it for a process that is not visible, for example as a parent or a sender.
  if (!Number.isInteger(pid) || pid < 0 || pid > 0x7fff_ffff)
    throw outOfRange(name, `an integer >= 0 && <= ${INT_MAX}`, pid);
  return pid;
}

/** Returns whether a value is an open namespace, rather than a process or a path. */
export function isOpenNamespace(value: unknown): value is OpenNamespace {
  if (typeof value !== 'object' || value === null) return false;
  return hasMember(value, 'fd') && hasMember(value, 'type') && hasMember(value, 'id');
}
