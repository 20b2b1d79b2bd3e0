// Namespaces for tests of inspection, created by unshare(1) of util-linux, so that they do not depend on the tested code.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {childrenOf} from './processes.js';
import {isRoot} from './requirements.js';

export interface Running {
  process: ChildProcess;
  pid: number;
  /** The process in the namespaces: the child of unshare if there is a PID namespace, otherwise unshare itself. */
  resident: number;
  /** Ends the process, and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs a shell script until it writes a line. Use `await using`, or stop() in a finally. */
export async function runUntilReady(command: string, args: string[], options: {cwd?: string} = {}): Promise<Running> {
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'ignore'], ...options});
  // The pipe is closed when the last process that has inherited it ends.
  const exited = once(child, 'close');
  const [first] = await Promise.race([once(child.stdout!, 'data'), exited]);
  if (typeof first === 'number' || first === null) throw new Error(`${command} ${args.join(' ')} exited: ${first}`);
  return {
    process: child,
    pid: child.pid!,
    resident: childrenOf(child.pid!)[0] ?? child.pid!,
    async [Symbol.asyncDispose]() {
      // The innermost process is killed first, so that each is reaped by its parent. PID 1 ends its whole namespace, unshare(1) ends with
      // its child, and no zombie is left for the init of the machine.
      const children = childrenOf(child.pid!);
      for (const pid of children.length > 0 ? children : [child.pid!]) process.kill(pid, 'SIGKILL');
      await exited;
    },
  };
}

/** The options of unshare(1) that work for the current user. */
export const unshareOptions = isRoot ? [] : ['--user', '--map-root-user'];

/** Returns a script that runs a sleep in each of `depth` nested PID namespaces, and then writes a line. */
function nestedScript(depth: number, inner: string): string {
  if (depth === 0) return inner;
  const script = `sleep 600 & ${nestedScript(depth - 1, inner)}`;
  const quoted = `'${script.replaceAll("'", "'\\''")}'`;
  return `unshare ${unshareOptions.join(' ')} --fork --pid sh -c ${quoted}`;
}

/** Creates nested PID namespaces, with a shell (PID 1) and a sleep in each. */
export function nestedPidNamespaces(depth: number, inner = 'sleep 600 & echo ready; wait'): Promise<Running> {
  return runUntilReady('sh', ['-c', `exec ${nestedScript(depth, inner)}`]);
}

/** Starts a process in new namespaces of the given types. */
export async function inNewNamespaces(options: string[], command = 'echo ready; exec sleep 600'): Promise<Running> {
  const fork = options.includes('--pid') ? ['--fork'] : [];
  return runUntilReady('unshare', [...unshareOptions, ...fork, ...options, 'sh', '-c', command]);
}

/** Returns the text of a field of /proc/PID/status. */
export function statusField(pid: number | string, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Returns NSpid of a process, read without the library. */
export function nsPids(pid: number | string): number[] | undefined {
  return statusField(pid, 'NSpid')?.split(/\s+/).map(Number);
}

/** Returns the number of open descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
