// Node programs of test/fixtures, run as processes or Workers of their own.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

/** The compiled test/fixtures/NAME.ts. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/** A running fixture: what it prints are lines of JSON. */
export interface Fixture {
  process: ChildProcess;
  /** The next line; throws where none comes any more. */
  next<T>(): Promise<T>;
}

/**
 * Starts a fixture in a session of its own, by which all that it leaves behind can be found.
 * @param launcher - a program and arguments that execute what follows them
 */
export function startFixture(name: string, args: readonly string[] = [], launcher: readonly string[] = []): Fixture {
  const [file, ...rest] = [...launcher, process.execPath, fixturePath(name), ...args] as [string, ...string[]];
  const child = spawn(file, rest, {stdio: 'pipe', detached: true});
  // Told where it matters: some are meant to fail.
  let complaints = '';
  child.stderr!.on('data', (text: Buffer) => {
    complaints += text;
  });
  const closed = once(child, 'close');
  const lines = createInterface({input: child.stdout!})[Symbol.asyncIterator]();
  return {
    process: child,
    async next<T>(): Promise<T> {
      const {value, done} = await lines.next();
      if (done) throw new Error(`${name} ended (${await closed}) without a further line: ${complaints}`);
      return JSON.parse(value) as T;
    },
  };
}
