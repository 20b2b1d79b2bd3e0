// spawnInNamespace: child_process.spawn with namespaces.
import type {StdioNull, StdioPipe} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import {callForm} from './options/command.js';
import type {SpawnOptions} from './options/spawn-options.js';
import {limit, resolveKill} from './process/deadline.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import {startCommand} from './process/start.js';

/** A process whose three streams are pipes: the default. */
export interface NamespacedProcessWithStreams extends NamespacedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly stdio: [Writable, Readable, Readable, NamespacedProcess['stdio'][3], NamespacedProcess['stdio'][4]];
}

type WithPipes = SpawnOptions & {stdio?: StdioPipe | readonly (StdioPipe | StdioNull)[] | undefined};

/**
 * Starts a command in new namespaces: child_process.spawn with `namespaces` and what belongs to them.
 *
 * It returns at once; the set-up happens in another process, and an error in it is an 'error' event with the failed `step`. When
 * 'close' fires, no process of a new PID namespace is left, whatever the command did.
 *
 * Needs Linux 5.11, and CAP_SYS_ADMIN or unprivileged user namespaces. clone(2), namespaces(7), pid_namespaces(7)
 *
 * @param command - looked up along PATH, inside
 * @param args - its arguments
 * @param options - those of child_process.spawn, and {@link SpawnOptions}
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL for a bad argument;
 * ERR_FEATURE_UNAVAILABLE_ON_PLATFORM elsewhere than on Linux
 */
export function spawnInNamespace(
  command: string,
  options?: WithPipes & {stdio?: undefined | 'pipe'},
): NamespacedProcessWithStreams;
export function spawnInNamespace(
  command: string,
  args?: readonly string[] | null,
  options?: WithPipes & {stdio?: undefined | 'pipe'},
): NamespacedProcessWithStreams;
export function spawnInNamespace(command: string, options: SpawnOptions): NamespacedProcess;
export function spawnInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: SpawnOptions,
): NamespacedProcess;
export function spawnInNamespace(command: string, args?: unknown, options?: unknown): NamespacedProcess {
  const call = callForm<SpawnOptions>(command, args, options);
  const kill = resolveKill(call.options);
  const child = startCommand(call);
  limit(child, kill);
  return child;
}
