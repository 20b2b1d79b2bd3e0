// The master of a pseudo-terminal. The addon owns its descriptor, and reports when it becomes readable or writable.
import {closeWatched, onWatched} from '../../shared/events.js';
import {EAGAIN} from '../../shared/kernel.js';
import {LoopReference} from '../../shared/loop-reference.js';
import {native} from '../../shared/native.js';

// How many bytes are read, and written, at most in one turn of the event loop.
const chunkMax = 1 << 16;
// One buffer for each thread: the data is copied at once, and is mostly short.
let scratch: Buffer | undefined;

/** An open master. Its methods return the result of the system call, or a negated errno. */
export class TerminalMaster {
  readonly #id: number;
  readonly #reference = new LoopReference();
  /** Whether a read may return data. It becomes false at EAGAIN, and true at each event. */
  canRead = true;
  /** Whether a write may succeed. */
  canWrite = true;

  private constructor(id: number) {
    this.#id = id;
  }

  /**
   * Receives the master that the process of a command has sent.
   * @param onEvent - called when reading or writing may have become possible
   * @returns a negated errno if there is no master
   */
  static receive(socket: number, onEvent: () => void): TerminalMaster | number {
    const id = native().openTerminal(socket);
    if (id < 0) return id;
    const master = new TerminalMaster(id);
    onWatched(id, () => {
      master.canRead = true;
      master.canWrite = true;
      onEvent();
    });
    return master;
  }

  /** Reads at most `max` bytes, and not more than one turn should. Returns an empty buffer if `max` is 0. */
  read(max: number): Buffer | number {
    scratch ??= Buffer.allocUnsafeSlow(chunkMax);
    const size = native().readTerminal(this.#id, scratch.subarray(0, Math.min(max, chunkMax)));
    if (size === EAGAIN) this.canRead = false;
    return size < 0 ? size : Buffer.from(scratch.subarray(0, size));
  }

  write(chunk: Buffer, offset: number): number {
    const size = native().writeTerminal(this.#id, chunk, offset, chunkMax);
    if (size === EAGAIN) this.canWrite = false;
    return size;
  }

  resize(cols: number, rows: number): number {
    return native().resizeTerminal(this.#id, cols, rows);
  }

  /** Keeps the event loop alive for it, or no longer. */
  hold(yes: boolean): void {
    if (yes) this.#reference.hold();
    else this.#reference.release();
  }

  close(): void {
    this.hold(false);
    closeWatched(this.#id);
  }
}
