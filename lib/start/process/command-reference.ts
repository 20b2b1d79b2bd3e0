// Whether a command keeps the event loop of this thread alive: ref() and unref() of its child.
import {LoopReference} from '../../shared/loop-reference.js';

/** Keeps the event loop alive from the launch to the end of a command. */
export class CommandReference {
  readonly #reference = new LoopReference();
  #isWanted = true;
  #state: 'none' | 'launched' | 'spawned' = 'none';

  launched(): void {
    this.#state = 'launched';
    this.#reference.hold();
  }

  /** 'spawn' has been emitted. */
  spawned(): void {
    this.#state = 'spawned';
    if (!this.#isWanted) this.#reference.release();
  }

  ended(): void {
    this.#state = 'none';
    this.#reference.release();
  }

  ref(): void {
    this.#isWanted = true;
    if (this.#state !== 'none') this.#reference.hold();
  }

  unref(): void {
    this.#isWanted = false;
    // child_process has started the command when unref() can be called, and emits 'spawn' all the same.
    if (this.#state !== 'launched') this.#reference.release();
  }
}
