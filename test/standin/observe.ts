// What a scenario is: one body, run with child_process.spawn and with spawnInNamespace, that answers what it saw.
import {type ChildProcess, type SpawnOptions, spawn as spawnOfNode} from 'node:child_process';
import {type NamespacedProcess, type SpawnOptions as NamespaceSpawnOptions, spawnInNamespace} from 'namespawn';

/** Both are asked for what both can do. */
export type Child = ChildProcess | NamespacedProcess;
export type Options = SpawnOptions & NamespaceSpawnOptions;
export type Spawn = (command: string, args?: readonly string[] | null | Options, options?: Options) => Child;

export interface Scenario {
  /** What is compared: the first column of the table. */
  name: string;
  /** Answers what it saw, as text. */
  run(spawn: Spawn): Promise<string>;
  /** Where they differ: what each shows, and why ours is better. Left out: they must show the same. */
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

/** An error's fields that programs look at. */
export function fieldsOf(error: unknown): string {
  const {name, code, syscall, path, step} = error as NodeJS.ErrnoException & {step?: string};
  return [name, code, syscall && `'${syscall}'`, path && `path ${path}`, step && `step ${step}`]
    .filter(Boolean)
    .join(' ');
}

/** The events of a child as they come, as text. */
export function record(child: Child): string[] {
  const events: string[] = [];
  child.on('spawn', () => events.push('spawn'));
  child.on('error', (error: Error) => events.push(`error (${fieldsOf(error)})`));
  for (const name of ['exit', 'close'] as const) {
    child.on(name, (code: number | null, signal: string | null) => events.push(`${name} ${code} ${signal}`));
  }
  return events;
}

/** Waits for 'close', and answers the events before it and it. */
export function closed(child: Child): Promise<string> {
  const events = record(child);
  return new Promise(resolve => child.once('close', () => resolve(events.join(', '))));
}

/** All of a stream. */
export async function textOf(stream: Child['stdout'] | undefined): Promise<string> {
  let text = '';
  stream?.setEncoding('utf8');
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

/** The command's stdout, once it is closed. */
export async function outputOf(child: Child): Promise<string> {
  const end = closed(child);
  const text = await textOf(child.stdout);
  await end;
  return text.trim();
}

/** What a call throws. */
export function thrownBy(call: () => unknown): string {
  try {
    call();
    return 'nothing';
  } catch (error) {
    const {name, code} = error as NodeJS.ErrnoException;
    return `${name} ${code}`;
  }
}
