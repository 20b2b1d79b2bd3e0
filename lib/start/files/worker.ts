// Starts the file worker inside, and receives what it writes. The worker is nsinit's executable, started as a command. So the kernel checks
// with the rights of the sandbox what it may open; a file system inside that does not respond stops a process inside and no thread of Node's;
// and Node receives bytes from it, never a descriptor, so that nothing inside can pass one on.
import {addAbortListener} from 'node:events';
import {invalidArgType, NamespaceError} from '../../errors/errors.js';
import {EPROTO, ETIMEDOUT} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {hasMember, own} from '../../shared/own.js';
import {isGiven, maxGraceMs, validateInteger} from '../../shared/validate.js';
import {type ResolvedProcess, resolveProcess} from '../options/resolve.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import {endReason, type NamespacedProcess} from '../process/namespaced-process.js';
import {RecordReader, type RecordReceiver} from './records.js';

/** Starts a process beside the commands. */
export type StartWorker = (process: ResolvedProcess) => NamespacedProcess;

/** Options of every function for files. */
export interface FileOptions {
  /** The user and the groups inside that do it, as the options of a command. Default: those of nsinit, which are those of the caller. */
  as?: Pick<ProcessOptions, 'uid' | 'gid' | 'groups'> | undefined;
  /** After how many milliseconds it fails with ETIMEDOUT. 0 sets no limit. Default: 30,000. */
  timeout?: number | undefined;
  /** When this signal is aborted, it fails with the reason of the signal, an AbortError by default. Default: none. */
  signal?: AbortSignal | undefined;
}

/** What a worker does. */
export interface WorkerCall extends FileOptions {
  /** The name of the function, for errors. */
  step: string;
  /** The path that was given, for errors. */
  path: string | undefined;
  args: readonly (string | number)[];
  cwd?: ProcessOptions['cwd'];
  /** What it reads. */
  input?: Uint8Array | undefined;
}

const imageNumber = 3;
const defaultTimeoutMs = 30_000;

/** @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE */
export function checkFileOptions({timeout, signal}: FileOptions, name = 'options'): void {
  if (isGiven(timeout)) validateInteger(timeout, `${name}.timeout`, 0, maxGraceMs);
  if (isGiven(signal) && !(typeof signal === 'object' && hasMember(signal, 'aborted'))) {
    throw invalidArgType(`${name}.signal`, 'an instance of AbortSignal', signal);
  }
}

/**
 * Lets a worker do something.
 * @returns a promise that is fulfilled when it is done
 * @param receiver - an object without inherited properties, or with all methods
 * @throws by rejection: NamespaceError; what `startIt` throws
 */
export async function callWorker(
  startIt: StartWorker,
  given: WorkerCall,
  receiver: RecordReceiver = own(undefined),
): Promise<void> {
  const call = own(given);
  const {step, path, signal, input} = call;
  signal?.throwIfAborted();
  const child = startIt(resolveWorker(call));
  const reader = new RecordReader(receiver);
  const failed = (errno: number): Error => new NamespaceError({errno, step, path});
  let failure: unknown;
  const end = (reason: unknown): void => {
    failure ??= reason;
    child.kill('SIGKILL');
  };
  const timeout = call.timeout ?? defaultTimeoutMs;
  const timer = timeout === 0 ? undefined : setTimeout(() => end(failed(ETIMEDOUT)), timeout);
  const listening = isGiven(signal) ? addAbortListener(signal, () => end(signal.reason)) : undefined;
  child.on('error', error => {
    failure ??= error;
  });
  child.stdout!.on('data', (chunk: Buffer) => {
    if (failure !== undefined) return;
    try {
      reader.push(chunk);
    } catch {
      end(failed(EPROTO));
    }
  });
  // The worker may fail before it has read everything.
  child.stdin?.on('error', () => {});
  if (input !== undefined) child.stdin!.end(input);
  await new Promise(resolve => child.once('close', resolve));
  clearTimeout(timer);
  // In a context of node:vm on Node 20 Symbol.dispose is undefined. The object has no other key.
  if (listening !== undefined) (Reflect.get(listening, Reflect.ownKeys(listening)[0]!) as () => void)();
  // The sandbox has ended before it.
  failure ??= child[endReason];
  if (failure !== undefined) throw failure;
  if (reader.failure !== undefined) {
    throw new NamespaceError({...reader.failure, step, path: reader.failure.path || path});
  }
  // Another process has ended it.
  if (!reader.isOver) throw failed(EPROTO);
}

function resolveWorker({args, as, cwd, input}: WorkerCall): ResolvedProcess {
  const image = native().imageDescriptor();
  if (image < 0) throw new NamespaceError({errno: image, step: 'init'});
  const options: ProcessOptions = {
    ...(as && own(as)),
    cwd,
    env: own({}),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore', image],
  };
  const process = resolveProcess('nsinit', args.map(String), own(options));
  return {...process, command: {...process.command, descriptor: imageNumber}};
}
