// Runs the Node programs of test/fixtures as processes or Workers.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

/** Returns the path of the compiled test/fixtures/NAME.ts. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/** A running fixture, which prints lines of JSON. */
export interface Fixture {
  process: ChildProcess;
  /** Returns the next line, or throws if the output has ended. */
  next<T>(): Promise<T>;
}

/**
 * Starts a fixture in its own session, by which every process that it leaves behind can be found.
 * @param launcher - a program with arguments, which executes the arguments that follow
 */
export function startFixture(name: string, args: readonly string[] = [], launcher: readonly string[] = []): Fixture {
  const [file, ...rest] = [...launcher, process.execPath, fixturePath(name), ...args] as [string, ...string[]];
  const child = spawn(file, rest, {stdio: 'pipe', detached: true});
  // Standard error is collected and shown only if a line is missing, because some fixtures fail on purpose.
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
