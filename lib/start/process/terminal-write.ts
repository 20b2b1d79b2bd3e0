// One write to a terminal. A stream has at most one pending write.
import {NamespaceError} from '../../errors/errors.js';
import {EAGAIN, EIO} from '../../shared/kernel.js';
import type {TerminalMaster} from './terminal-master.js';

type Callback = (error?: Error | null) => void;

/** A write of any length, which continues when the command has read what was written before. */
export class TerminalWrite {
  readonly #chunk: Buffer;
  readonly #callback: Callback;
  /** How many bytes have been written. */
  #offset = 0;

  constructor(chunk: Buffer, callback: Callback) {
    this.#chunk = chunk;
    this.#callback = callback;
  }

  /**
   * Writes as much as the terminal accepts.
   * @returns undefined if more is to be written. Otherwise a function that reports the result to the writer, and that may throw
   */
  goOn(master: TerminalMaster): (() => void) | undefined {
    const size = master.write(this.#chunk, this.#offset);
    if (size === EAGAIN) return undefined;
    // No process has the other end open. The rest is discarded, as if a command did not read all of its input.
    if (size === EIO) return () => this.#callback();
    if (size < 0) return () => this.#callback(new NamespaceError({errno: size, syscall: 'write', step: 'pty'}));
    this.#offset += size;
    return this.#offset < this.#chunk.length ? undefined : () => this.#callback();
  }

  /** Reports to the writer that no process will read the rest. It is no error, unless the stream was destroyed. */
  drop(error?: Error): void {
    this.#callback(error);
  }
}
