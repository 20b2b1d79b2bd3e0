// What the tests of IPC share: the programs, the two forks, and a child's events.
import {type ChildProcess, fork, type ForkOptions as NodeForkOptions, type Serializable} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {forkInNamespace} from 'namespawn';

/** The compiled test/ipc/fixtures/NAME.ts. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));
}

export const modes = ['json', 'advanced'] as const;

// A NamespacedProcess can stand where one is expected.
type Child = ChildProcess;

/** The two that must behave alike, by their names. */
export const forks: [name: string, fork: (module: string, args: string[], options: NodeForkOptions) => Child][] = [
  ['child_process.fork', fork],
  ['forkInNamespace', (module, args, options) => forkInNamespace(module, args, options)],
];

/** Waits for an event, and is not rejected by an 'error' as once() is. */
export function ended(child: Child, event: 'disconnect' | 'exit' | 'close'): Promise<unknown[]> {
  return new Promise(resolve => {
    child.once(event, (...answer: unknown[]) => resolve(answer));
  });
}

/** The next message. */
export async function nextMessage(child: Child): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}

/** Sends a value there and back. */
export async function echoed(child: Child, value: Serializable | null): Promise<unknown> {
  const answer = nextMessage(child);
  child.send({do: 'echo', value});
  return answer;
}

/** The names of a child's events as they come, up to 'close'. */
export function eventsOf(child: Child): {names: string[]; closed: Promise<unknown>} {
  const names: string[] = [];
  for (const name of ['spawn', 'error', 'message', 'disconnect', 'exit', 'close']) {
    child.on(name, () => names.push(name));
  }
  return {names, closed: ended(child, 'close')};
}
