// A scenario is a function that runs with child_process.spawn and with spawnInNamespace, and returns what it has observed.
import {type ChildProcess, type SpawnOptions, spawn as spawnOfNode} from 'node:child_process';
import {type NamespacedProcess, type SpawnOptions as NamespaceSpawnOptions, spawnInNamespace} from 'namespawn';

/** A child of either. Scenarios use only what both have. */
export type Child = ChildProcess | NamespacedProcess;
export type Options = SpawnOptions & NamespaceSpawnOptions;
export type Spawn = (command: string, args?: readonly string[] | null | Options, options?: Options) => Child;

export interface Scenario {
  /** What is compared: the first column of the table. */
  name: string;
  /** Returns what it has observed, as text. */
  run(spawn: Spawn): Promise<string>;
  /** If the two differ: the results of both, and the reason. If it is absent, both must return the same. */
  difference?: {childProcess: string; namespawn: string; why: string};
}

/** A part of the comparison. */
export interface Group {
  title: string;
  scenarios: readonly Scenario[];
}

export const engines: Readonly<Record<'childProcess' | 'namespawn', Spawn>> = {
  childProcess: spawnOfNode as unknown as Spawn,
  namespawn: spawnInNamespace as unknown as Spawn,
};

/** Returns the fields of an error that programs use, as text. */
export function fieldsOf(error: unknown): string {
  const {name, code, syscall, path, step} = error as NodeJS.ErrnoException & {step?: string};
  return [name, code, syscall && `'${syscall}'`, path && `path ${path}`, step && `step ${step}`]
    .filter(Boolean)
    .join(' ');
}

/** Records the events of a child, as text. */
export function record(child: Child): string[] {
  const events: string[] = [];
  child.on('spawn', () => events.push('spawn'));
  child.on('error', (error: Error) => events.push(`error (${fieldsOf(error)})`));
  for (const name of ['exit', 'close'] as const) {
    child.on(name, (code: number | null, signal: string | null) => events.push(`${name} ${code} ${signal}`));
  }
  return events;
}

/** Waits for 'close', and returns all events up to it. */
export function eventsUntilClose(child: Child): Promise<string> {
  const events = record(child);
  return new Promise(resolve => child.once('close', () => resolve(events.join(', '))));
}

/** Returns the whole content of a stream. */
export async function textOf(stream: Child['stdout'] | undefined): Promise<string> {
  let text = '';
  stream?.setEncoding('utf8');
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

/** Returns the output of the command once its stdout is closed. */
export async function outputOf(child: Child): Promise<string> {
  const end = eventsUntilClose(child);
  const text = await textOf(child.stdout);
  await end;
  return text.trim();
}

/** Returns the error that a call throws, as text. */
export function thrownBy(call: () => unknown): string {
  try {
    call();
    return 'nothing';
  } catch (error) {
    const {name, code} = error as NodeJS.ErrnoException;
    return `${name} ${code}`;
  }
}
