// Work that a stream does in parts, one part in each turn of the event loop.

/** Lets a stream write and read a part in each turn of the event loop, so that other streams have their turn. */
export class Turns {
  readonly #write: () => void;
  readonly #read: () => void;
  readonly #done: () => void;
  #soon: NodeJS.Immediate | undefined;

  /** @param done - called after each turn */
  constructor(write: () => void, read: () => void, done: () => void) {
    this.#write = write;
    this.#read = read;
    this.#done = done;
  }

  /** Asks for a turn. Several requests before it are one. */
  request(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      // A callback or listener that throws must not stop the other direction.
      try {
        this.#write();
      } finally {
        this.#read();
        this.#done();
      }
    });
  }

  /** Takes the request back. */
  cancel(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
  }
}
