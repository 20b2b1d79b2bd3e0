// The master of a pseudo-terminal. The addon holds its descriptor, and tells whenever something has happened to it.
import {onTerminal} from '../channel/events.js';
import {LoopReference} from '../channel/loop-reference.js';
import {EAGAIN} from '../kernel.js';
import {native} from '../native.js';

// What is read in one turn of the event loop.
const mostAtOnce = 1 << 16;
// One a thread: what was read is copied at once, and mostly short.
let scratch: Buffer | undefined;

/** An open master. Its methods answer what the system call does, or the negative errno. */
export class TerminalMaster {
  readonly #id: number;
  readonly #reference = new LoopReference();
  /** Whether reading may give something: until the kernel has said EAGAIN, from each event on. */
  canRead = true;
  /** Whether there may be room to write. */
  canWrite = true;

  private constructor(id: number) {
    this.#id = id;
  }

  /**
   * Takes the master that a command's process has sent. Answers the negative errno where there is none.
   * @param onEvent - something has happened: what could not be done may be possible now
   */
  static receive(socket: number, onEvent: () => void): TerminalMaster | number {
    const id = native().openTerminal(socket);
    if (id < 0) return id;
    const master = new TerminalMaster(id);
    onTerminal(id, () => {
      master.canRead = true;
      master.canWrite = true;
      onEvent();
    });
    return master;
  }

  /** What can be read now, a turn's worth at most. Empty where `most` is 0. */
  read(most: number): Buffer | number {
    scratch ??= Buffer.allocUnsafeSlow(mostAtOnce);
    const size = native().readTerminal(this.#id, scratch.subarray(0, Math.min(most, mostAtOnce)));
    if (size === EAGAIN) this.canRead = false;
    return size < 0 ? size : Buffer.from(scratch.subarray(0, size));
  }

  write(chunk: Buffer, offset: number): number {
    const size = native().writeTerminal(this.#id, chunk, offset);
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
    onTerminal(this.#id, undefined);
    native().closeTerminal(this.#id);
  }
}
