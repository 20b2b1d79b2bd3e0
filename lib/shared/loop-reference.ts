// What keeps the event loop of this thread alive.
import {native} from './native.js';

// How many references are held. The addon has one handle for all of them.
let held = 0;

/** Keeps the event loop alive while it is held. It is not held at first. */
export class LoopReference {
  #isHeld = false;

  hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    if (held++ === 0) native().hold(true);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (--held === 0) native().hold(false);
  }
}
