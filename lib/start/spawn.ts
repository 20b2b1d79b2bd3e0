// spawnInNamespace: child_process.spawn with namespaces.

import type {NamespaceFiles} from './channel/keeper.js';
import type {
  ChildOf,
  NamespacedProcessWithPty,
  NamespacedProcessWithStreams,
  Pipes,
  StdioEntries,
  WithPty,
  WithStdio,
} from './child-types.js';
import {callForm} from './options/command.js';
import {spawnOptions} from './options/known.js';
import type {SpawnOptions} from './options/spawn-options.js';
import {limit} from './process/ends.js';
import {resolveKill} from './process/kill-options.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import {startCommand} from './process/start.js';

/**
 * Starts a command in new namespaces. It has the call forms, options and events of child_process.spawn, and options for the namespaces.
 *
 * The function returns before the namespaces exist, and does not block the event loop while they are created. If creating them or executing
 * the command fails, 'error' is emitted, with the `step` that failed (see {@link NamespaceError}). When 'close' is emitted, no process of a
 * new PID namespace is left, whatever the command has done.
 *
 * Privilege: CAP_SYS_ADMIN, or the permission to create user namespaces. Linux 5.11.
 *
 * @param command - the command, which is looked up along PATH inside
 * @param args - its arguments. Default: none
 * @param options - the options of child_process.spawn, and {@link SpawnOptions}
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_UNKNOWN_SIGNAL for a bad argument
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM on other systems than Linux
 * @see clone(2), namespaces(7), pid_namespaces(7), user_namespaces(7)
 */
export function spawnInNamespace(command: string, options?: SpawnOptions & Pipes): NamespacedProcessWithStreams;
export function spawnInNamespace(
  command: string,
  args?: readonly string[] | null,
  options?: SpawnOptions & Pipes,
): NamespacedProcessWithStreams;
export function spawnInNamespace(command: string, options: SpawnOptions & WithPty): NamespacedProcessWithPty;
export function spawnInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: SpawnOptions & WithPty,
): NamespacedProcessWithPty;
export function spawnInNamespace<Stdio extends StdioEntries>(
  command: string,
  options: SpawnOptions & WithStdio<Stdio>,
): ChildOf<Stdio>;
export function spawnInNamespace<Stdio extends StdioEntries>(
  command: string,
  args: readonly string[] | null | undefined,
  options: SpawnOptions & WithStdio<Stdio>,
): ChildOf<Stdio>;
export function spawnInNamespace(command: string, options: SpawnOptions): NamespacedProcess;
export function spawnInNamespace(
  command: string,
  args: readonly string[] | null | undefined,
  options: SpawnOptions,
): NamespacedProcess;
export function spawnInNamespace(command: string, args?: unknown, options?: unknown): NamespacedProcess {
  return spawnKeeping(command, args, options);
}

/**
 * The same for `namespawn run --net=FILE`.
 * @param files - on which new namespaces are kept before the command starts
 */
export function spawnKeeping(
  command: string,
  args: unknown,
  options: unknown,
  files?: NamespaceFiles,
): NamespacedProcess {
  const call = callForm<SpawnOptions>(command, args, options, spawnOptions);
  const kill = resolveKill(call.options);
  const child = startCommand(call, undefined, files);
  limit(child, kill);
  return child;
}
