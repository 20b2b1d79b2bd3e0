// The option `input`: what is written to the stdin of a command.
import {pipeline, type Readable, type Writable} from 'node:stream';
import {invalidArgType, invalidArgValue} from '../../errors/errors.js';
import {resolveStdio} from '../../features/descriptors.js';
import {errnoName} from '../../shared/errno.js';
import {isGiven} from '../../shared/validate.js';
import {endOfFile, PseudoTerminal} from './pseudo-terminal.js';

export type Input = string | Uint8Array | Readable;

export function checkInput(input: unknown, stdio: unknown): asserts input is Input | undefined {
  if (!isGiven(input)) return;
  if (resolveStdio(stdio)[0] !== 'pipe') {
    throw invalidArgValue('options.input', input, "needs 'pipe' as the first of options.stdio");
  }
  if (typeof input === 'string' || input instanceof Uint8Array) return;
  if (typeof (input as Readable | null)?.pipe === 'function') return;
  throw invalidArgType('options.input', 'of type string or an instance of Uint8Array or Readable', input);
}

/**
 * Writes the input, and closes stdin. At a terminal it types the input and Control-D.
 * @param onError - called if the input fails, or the kernel refuses to write it
 */
export function feed(stdin: Writable | null, input: Input | undefined, onError: (error: Error) => void): void {
  if (stdin === null) return;
  // A command may end without reading all of its input.
  stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'write' || isUnread(error)) return;
    // Node has no names for some error numbers.
    onError(Object.assign(error, {code: errnoName(error.errno!)}));
  });
  if (!isGiven(input)) stdin.end();
  else if (stdin instanceof PseudoTerminal) type(stdin, input, onError);
  else if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else {
    // An input that fails must not look like one that has ended. This listener runs before `pipeline` passes the error on to stdin.
    input.once('error', error => {
      // If the command has closed its stdin, `pipeline` destroys the input with this error.
      if (error !== stdin.errored && (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE')
        onError(error);
    });
    pipeline(input, stdin, () => {});
  }
}

const newline = 10;

/** Types the input. Within a line Control-D only passes on what was typed, so the end needs another one. */
function type(terminal: PseudoTerminal, input: Input, onError: (error: Error) => void): void {
  const source = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  async function* typed(): AsyncGenerator<Uint8Array> {
    let last: number | undefined = newline;
    try {
      for await (const chunk of source as AsyncIterable<string | Uint8Array>) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        if (bytes.length > 0) last = bytes.at(-1);
        yield bytes;
      }
    } catch (error) {
      onError(error as Error);
      throw error;
    }
    if (last !== newline) yield endOfFile;
  }
  pipeline(typed, terminal, () => {});
}

/** Returns whether a write has failed because no process has the other end open. */
function isUnread({code}: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ECANCELED';
}
