// What a namespace or a process can be named by: the one place that knows.
import {invalidArgType, invalidArgValue, outOfRange} from '../errors.js';
import {hasMember, memberOf} from '../options/own.js';
import type {ProcessIdentity} from './identity.js';

/**
 * An object that stands for a process, such as a `NamespacedProcess` or a `Sandbox`. Where it has a `hostPid`
 * (the command), that is meant, else `pid`. Numbers are in the caller's PID namespace.
 */
export interface ProcessReference {
  readonly pid?: number | undefined;
  readonly hostPid?: number | undefined;
  /** What {@link processIdentity} answered before: another process with that PID is then refused (ESRCH). */
  readonly identity?: ProcessIdentity | undefined;
}

/** A process: its PID, a pidfd (which stays the caller's), or an object that stands for it. */
export type ProcessSource = number | {readonly pidfd: number} | ProcessReference;

/**
 * Where a namespace is found: a process that lives in it, or a path to it (`/proc/PID/ns/net`, a bind mount,
 * `/run/netns/NAME`).
 */
export type NamespaceSource = ProcessSource | {readonly path: string};

/** A source that was looked into. */
export type ResolvedSource =
  | {kind: 'path'; path: string}
  | {kind: 'pidfd'; pidfd: number}
  | {kind: 'pid'; pid: number; identity: ProcessIdentity | undefined; callersNumber: boolean};

const expected = 'a PID, {path}, {pidfd}, a NamespacedProcess or a Sandbox';

/**
 * Which kind of source a value is.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
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

/** As {@link resolveSource}, where only a process will do. */
export function resolveProcess(source: ProcessSource, name = 'source'): Exclude<ResolvedSource, {kind: 'path'}> {
  const resolved = resolveSource(source, name);
  if (resolved.kind === 'path') throw invalidArgType(name, 'a PID, {pidfd}, a NamespacedProcess or a Sandbox', source);
  return resolved;
}

/**
 * A number that can be a PID.
 * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
 */
export function validPid(pid: number, name = 'pid'): number {
  if (typeof pid !== 'number') throw invalidArgType(name, 'of type number', pid);
  // 0 is what the kernel gives for a process that is not visible, as a parent or a sender.
  if (!Number.isInteger(pid) || pid < 0 || pid > 0x7fff_ffff)
    throw outOfRange(name, 'an integer >= 0 && <= 2147483647', pid);
  return pid;
}
