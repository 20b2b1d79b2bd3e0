// The calls of one command about which the option `onSyscall` decides.
import {AsyncResource} from 'node:async_hooks';
import {closeSync} from 'node:fs';
import {constants} from 'node:os';
import {NamespaceError} from '../../errors/errors.js';
import type {SyscallHandler, SyscallRequest, SyscallResult} from '../../seccomp/on-syscall.js';
import {connect, type EventNumbers, onListener} from '../../shared/events.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import type {ResolvedHandler} from '../options/on-syscall.js';

const {EPERM, ETIMEDOUT, EBADF, ENOENT} = constants.errno;
const errnoMax = 4095;
const pair = new Int32Array(2);

const joined = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

/** The halves of the id of a call. */
type Id = readonly [low: number, high: number];

const noValue: Id = [0, 0];

/** Hands the calls of a command to a function. */
export class Syscalls {
  /** The socket of the command, by which its helper sends the listener. */
  readonly theirs: number;
  readonly #id: number;
  readonly #handler: SyscallHandler | undefined;
  readonly #timeoutMs: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #hasWarned = false;
  /** Called once if calls cannot be received or responded to any more. They fail with ENOSYS then. */
  onFailure: ((error: NamespaceError) => void) | undefined;
  /** Called when a process is ended for a call. `pid` is negative if that was refused. */
  onForbidden: ((name: string, pid: number) => void) | undefined;

  /** @throws NamespaceError EMFILE, ENFILE */
  constructor({handler, killing, timeoutMs}: ResolvedHandler) {
    connect();
    const made = native().socketPair(pair);
    if (made < 0) throw new NamespaceError({errno: made, syscall: 'socketpair', step: 'seccomp'});
    const [ours, theirs] = pair as unknown as [number, number];
    // The addon has a copy.
    this.#id = native().listen(ours, killing);
    native().close(ours);
    if (this.#id < 0) {
      native().close(theirs);
      throw new NamespaceError({errno: this.#id, syscall: 'fcntl', step: 'seccomp'});
    }
    this.theirs = theirs;
    // As all events, calls are handled in the context of the spawn.
    this.#handler = handler && AsyncResource.bind(handler, 'NAMESPACEDPROCESS');
    this.#timeoutMs = timeoutMs;
    onListener(this.#id, (kind, numbers) => {
      if (kind === 'call') this.#decide(numbers);
      else if (kind === 'forbidden') this.onForbidden?.(nameOf(numbers[0]!), numbers[1]!);
      else if (numbers[0] === 0) this.close();
      else this.#break(numbers[0]!, native().syscalls[numbers[1]!]!);
    });
  }

  /** Ends the handling. Calls that wait fail with ENOSYS, as all later ones do. */
  close(): void {
    onListener(this.#id, undefined);
    native().closeListener(this.#id);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #break(errno: number, syscall: string): void {
    this.close();
    this.onFailure?.(new NamespaceError({errno, syscall, step: 'seccomp'}));
  }

  #decide(numbers: EventNumbers): void {
    const id: Id = [numbers[0]!, numbers[1]!];
    const request = this.#read(numbers, id);
    let result: SyscallResult | Promise<SyscallResult>;
    try {
      result = this.#handler!(request);
    } catch (error) {
      this.#fail(id, request, error);
      return;
    }
    if (typeof (result as Partial<Promise<SyscallResult>> | undefined)?.then !== 'function') {
      this.#finish(id, request, result as SyscallResult);
      return;
    }
    let isOver = false;
    const once = (end: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#timers.delete(timer);
      end();
    };
    const timer = setTimeout(() => once(() => this.#end(id, ETIMEDOUT)), this.#timeoutMs).unref();
    this.#timers.add(timer);
    (result as Promise<SyscallResult>).then(
      value => once(() => this.#finish(id, request, value)),
      error => once(() => this.#fail(id, request, error)),
    );
  }

  #read(numbers: EventNumbers, id: Id): SyscallRequest {
    const number = numbers[3]!;
    const argument = (index: number): bigint => joined(numbers[5 + 2 * index]!, numbers[6 + 2 * index]!);
    return {
      name: native().syscalls[number],
      number,
      args: [argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)],
      arch: process.arch,
      pid: numbers[2]!,
      isWaiting: () => native().isCallWaiting(this.#id, ...id),
    };
  }

  #finish(id: Id, request: SyscallRequest, result: SyscallResult): void {
    try {
      this.#respond(id, result);
      native().forgetCall(this.#id);
    } catch (error) {
      this.#fail(id, request, error);
    }
  }

  #respond(id: Id, given: SyscallResult): void {
    if (typeof given !== 'object' || given === null) throw new TypeError(`onSyscall has returned ${String(given)}`);
    const result = own(given) as {
      errno?: unknown;
      value?: unknown;
      fd?: unknown;
      closeOnExec?: unknown;
      close?: unknown;
    };
    if (result.errno !== undefined) this.#send(id, noValue, errnoOf(result.errno));
    else if (result.value !== undefined) this.#send(id, halvesOf(result.value), 0);
    else if (typeof result.fd === 'number')
      this.#give(id, result.fd, result.closeOnExec !== false, result.close === true);
    else throw new TypeError('onSyscall has returned neither errno, value nor fd');
  }

  #give(id: Id, fd: number, closeOnExec: boolean, close: boolean): void {
    const errno = native().respondWithDescriptor(this.#id, ...id, fd, closeOnExec);
    if (close) closeSync(fd);
    if (errno === -EBADF) throw new TypeError(`the descriptor ${fd} that onSyscall has returned is not open`);
    // The process may have as many descriptors as it may open. If it has ended, nobody receives this.
    if (errno < 0) this.#send(id, noValue, -errno);
  }

  #send(id: Id, value: Id, errno: number): void {
    const result = native().respond(this.#id, ...id, ...value, errno);
    // The process may have been killed meanwhile.
    if (result < 0 && result !== -ENOENT) this.#break(result, 'ioctl');
  }

  /** Ends a call about which the function has decided nothing. */
  #end(id: Id, errno: number): void {
    this.#send(id, noValue, errno);
    native().forgetCall(this.#id);
  }

  #fail(id: Id, {number}: SyscallRequest, error: unknown): void {
    this.#end(id, EPERM);
    // A command could make as many warnings as calls.
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const detail = error instanceof Error ? error.stack : String(error);
    const message = `onSyscall has failed, and ${nameOf(number)} with EPERM. Further failures for this command are not reported`;
    process.emitWarning(message, {type: 'SyscallWarning', code: 'NAMESPAWN_ON_SYSCALL', detail: detail ?? ''});
  }
}

const nameOf = (number: number): string => native().syscalls[number] ?? `the system call ${number}`;

function errnoOf(errno: unknown): number {
  const number = typeof errno === 'string' && Object.hasOwn(constants.errno, errno) ? named(errno) : errno;
  if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= errnoMax) return number;
  throw new TypeError(`onSyscall has returned the errno ${String(errno)}`);
}

const named = (errno: string): number => constants.errno[errno as keyof typeof constants.errno];

function halvesOf(value: unknown): Id {
  const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  const number = isNumber ? BigInt.asIntN(64, BigInt(value)) : undefined;
  // The C library takes these for errors.
  if (number === undefined || (number < 0n && number >= -BigInt(errnoMax))) {
    throw new TypeError(`onSyscall has returned the value ${String(value)}`);
  }
  return [Number(BigInt.asUintN(32, number)), Number(BigInt.asUintN(32, number >> 32n))];
}
