// Waits for the end of a child, and collects its events and output.
import type {ChildProcess} from 'node:child_process';
import type {NamespacedProcess} from 'namespawn';

/** An error of a child of child_process or of spawnInNamespace. */
export interface SpawnError extends NodeJS.ErrnoException {
  spawnargs?: string[];
  step?: string;
  index?: number;
  hint?: string;
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  error: SpawnError | undefined;
  /** The names of the events, in their order. */
  events: string[];
}

/** Waits for 'close' and returns its arguments. Unlike once() of node:events it does not reject at 'error'. */
export function closed(child: NamespacedProcess | ChildProcess): Promise<unknown[]> {
  return new Promise(resolve => child.once('close', (...how: unknown[]) => resolve(how)));
}

/** Waits for 'close' and collects the output. */
export function finished(child: NamespacedProcess | ChildProcess): Promise<Finished> {
  const events: string[] = [];
  let error: SpawnError | undefined;
  const collect = (stream: NamespacedProcess['stdout']): Buffer[] => {
    const chunks: Buffer[] = [];
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.on('spawn', () => events.push('spawn'));
  child.on('exit', () => events.push('exit'));
  child.on('error', (reason: SpawnError) => {
    events.push('error');
    error ??= reason;
  });
  return new Promise(resolve => {
    child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
      events.push('close');
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        error,
        events,
      });
    });
  });
}
