// References that keep the event loop of this thread alive.
import {native} from './native.js';

// The number of references that are held. The addon has one handle for all of them.
let held = 0;

/** Returns whether a reference keeps the event loop alive. */
export function isLoopHeld(): boolean {
  return held > 0;
}

/** A reference that keeps the event loop alive while it is held. At first it is not held. */
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
