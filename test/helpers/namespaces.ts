// Namespaces to look at, made by util-linux's unshare(1) so that they do not depend on what is tested.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';

export const isRoot = process.geteuid?.() === 0;
/** Why a test that needs root is skipped for an ordinary user. */
export const needsRoot = isRoot ? false : 'needs root';

export interface Running {
  process: ChildProcess;
  pid: number;
  /** The process that the namespaces were made for: unshare's child where there is a PID namespace, else itself. */
  resident: number;
  /** Ends it, and waits until it is gone. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs a shell script until it writes a line. Use `await using`, or stop() in a finally. */
export async function runUntilReady(command: string, args: string[], options: {cwd?: string} = {}): Promise<Running> {
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'ignore'], ...options});
  // The pipe is closed when the last process that inherited it is gone.
  const exited = once(child, 'close');
  const [first] = await Promise.race([once(child.stdout!, 'data'), exited]);
  if (typeof first === 'number' || first === null) throw new Error(`${command} ${args.join(' ')} exited: ${first}`);
  return {
    process: child,
    pid: child.pid!,
    resident: childrenOf(child.pid!)[0] ?? child.pid!,
    async [Symbol.asyncDispose]() {
      // From below, so that each is reaped by its parent: PID 1 takes its whole namespace along, unshare(1) ends
      // with its child, and no zombie waits for the machine's init.
      const children = childrenOf(child.pid!);
      for (const pid of children.length > 0 ? children : [child.pid!]) process.kill(pid, 'SIGKILL');
      await exited;
    },
  };
}

/** The options with which unshare(1) works for this user too. */
export const unshareOptions = isRoot ? [] : ['--user', '--map-root-user'];

/** A script that runs sleeps in `depth` PID namespaces, one in the other, then writes a line. */
function nestedScript(depth: number, inner: string): string {
  if (depth === 0) return inner;
  const script = `sleep 600 & ${nestedScript(depth - 1, inner)}`;
  const quoted = `'${script.replaceAll("'", "'\\''")}'`;
  return `unshare ${unshareOptions.join(' ')} --fork --pid sh -c ${quoted}`;
}

/** Nested PID namespaces with a shell (PID 1) and a sleep in each. */
export function nestedPidNamespaces(depth: number, inner = 'sleep 600 & echo ready; wait'): Promise<Running> {
  return runUntilReady('sh', ['-c', `exec ${nestedScript(depth, inner)}`]);
}

/** A process in new namespaces of the given types. */
export async function inNewNamespaces(options: string[], command = 'echo ready; exec sleep 600'): Promise<Running> {
  const fork = options.includes('--pid') ? ['--fork'] : [];
  return runUntilReady('unshare', [...unshareOptions, ...fork, ...options, 'sh', '-c', command]);
}

function childrenOf(pid: number): number[] {
  return descendants(pid).filter(child => statusField(child, 'PPid') === String(pid));
}

/** A process's descendants, in no order. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const {pid: child, ppid} of allProcesses()) children.set(ppid, [...(children.get(ppid) ?? []), child]);
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

function allProcesses(): {pid: number; ppid: number}[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const ppid = statusField(Number(name), 'PPid');
      return ppid === undefined ? [] : [{pid: Number(name), ppid: Number(ppid)}];
    });
}

/** A field of /proc/PID/status as it stands there. */
export function statusField(pid: number | string, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** NSpid, read without the library. */
export function nsPids(pid: number | string): number[] | undefined {
  return statusField(pid, 'NSpid')?.split(/\s+/).map(Number);
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
