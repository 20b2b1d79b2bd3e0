// The bytes of a message that has been received in part.

/**
 * Collects received bytes. Chunks are copied instead of kept, because a command that sends single bytes would otherwise cost one Buffer for
 * each. The memory grows with the received bytes, never with the announced length.
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
      // The size at least doubles. Otherwise each chunk would copy all bytes before it.
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** Returns the first four bytes as a number: the announced length. */
  announced(): number {
    return this.#bytes.readUInt32BE(0);
  }

  /** Returns all bytes and empties the collection. The bytes are not reused, because a message may refer to them. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
