// The bytes of a message that has come in part.

/**
 * Bytes put together as they come. Chunks are copied and not kept: who sends single bytes would make a Buffer of each. It grows
 * by what is there, never by what is announced.
 */
export class Unfinished {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      // At least doubled: else each chunk would move all that came before.
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** The first four bytes as a number. */
  announced(): number {
    return this.#bytes.readUInt32BE(0);
  }

  /** All bytes; they are the caller's then, since a message may go on pointing at them. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
