// The order of libuv: what a command has written before its end is read before the end is reported.

/**
 * Delays the report of an end until the event loop has read what has arrived by then. libuv reads all pipes that are readable before it handles
 * SIGCHLD, so a program of child_process has seen the output of a short command when 'exit' is emitted.
 */
export class ArrivedFirst {
  readonly #isUnread: () => boolean;
  readonly #waiting: (() => void)[] = [];

  /** @param isUnread - returns whether there may be something that has arrived and was not read */
  constructor(isUnread: () => boolean) {
    this.#isUnread = isUnread;
  }

  /** Calls back at once if there is nothing to read, and otherwise when the event loop has read once. The order of the calls is kept. */
  whenRead(callback: () => void): void {
    if (this.#waiting.length === 0 && !this.#isUnread()) {
      callback();
      return;
    }
    if (this.#waiting.push(callback) > 1) return;
    // This turn of the event loop may have looked at the pipes before the last output arrived. The next one has not.
    setImmediate(() => {
      if (this.#isUnread()) setImmediate(() => this.#goOn());
      else this.#goOn();
    });
  }

  #goOn(): void {
    const callback = this.#waiting[0]!;
    try {
      callback();
    } finally {
      this.#waiting.shift();
      // A listener that throws must not keep the following events back.
      if (this.#waiting.length > 0) setImmediate(() => this.#goOn());
    }
  }
}
