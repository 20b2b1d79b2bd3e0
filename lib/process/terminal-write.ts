// What is typed: a stream has one write under way at a time.
import {NamespaceError} from '../errors.js';
import {EAGAIN, EIO} from '../kernel.js';
import type {TerminalMaster} from './terminal-master.js';

type Callback = (error?: Error | null) => void;

/** A write of any length, which goes on as the command reads. */
export class TerminalWrite {
  readonly #chunk: Buffer;
  readonly #callback: Callback;
  /** How much of it the terminal has taken. */
  #offset = 0;

  constructor(chunk: Buffer, callback: Callback) {
    this.#chunk = chunk;
    this.#callback = callback;
  }

  /**
   * Writes what there is room for. Answers undefined where there is more to write, and else how to tell the writer, which may throw.
   */
  goOn(master: TerminalMaster): (() => void) | undefined {
    const size = master.write(this.#chunk, this.#offset);
    if (size === EAGAIN) return undefined;
    // Nobody has the other side: it takes what it gets, as when a command does not read all of its input.
    if (size === EIO) return () => this.#callback();
    if (size < 0) return () => this.#callback(new NamespaceError({errno: size, syscall: 'write', step: 'pty'}));
    this.#offset += size;
    return this.#offset < this.#chunk.length ? undefined : () => this.#callback();
  }

  /** Tells the writer that nobody will read the rest: no error, or that the stream was destroyed. */
  drop(error?: Error): void {
    this.#callback(error);
  }
}
