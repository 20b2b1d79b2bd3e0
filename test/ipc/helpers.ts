// Helpers of the tests of IPC: the programs, the two forks, and the events of a child.
import {type ChildProcess, fork, type ForkOptions as NodeForkOptions, type Serializable} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {forkInNamespace} from 'namespawn';

/** Returns the path of the compiled test/ipc/fixtures/NAME.ts. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));
}

export const modes = ['json', 'advanced'] as const;

// A NamespacedProcess can be used as a ChildProcess.
type Child = ChildProcess;

/** The two functions that must behave alike, by their names. */
export const forks: [name: string, fork: (module: string, args: string[], options: NodeForkOptions) => Child][] = [
  ['child_process.fork', fork],
  ['forkInNamespace', (module, args, options) => forkInNamespace(module, args, options)],
];

/** Waits for an event. Unlike once() of node:events it does not reject at 'error'. */
export function ended(child: Child, event: 'disconnect' | 'exit' | 'close'): Promise<unknown[]> {
  return new Promise(resolve => {
    child.once(event, (...values: unknown[]) => resolve(values));
  });
}

/** Waits for the next message and returns it. */
export async function nextMessage(child: Child): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}

/** Sends a value, and returns the reply. */
export async function echoed(child: Child, value: Serializable | null): Promise<unknown> {
  const reply = nextMessage(child);
  child.send({do: 'echo', value});
  return reply;
}

/** Records the names of a child's events up to 'close'. */
export function eventsOf(child: Child): {names: string[]; closed: Promise<unknown>} {
  const names: string[] = [];
  for (const name of ['spawn', 'error', 'message', 'disconnect', 'exit', 'close']) {
    child.on(name, () => names.push(name));
  }
  return {names, closed: ended(child, 'close')};
}
