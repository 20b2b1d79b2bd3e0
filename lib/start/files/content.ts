// The content of a file that arrives in parts.
import {ForeignRecord} from './records.js';

/** Collects parts up to a limit, in one buffer that is as large as the file was when it was opened. */
export class Content {
  readonly #max: number;
  #buffer: Buffer;
  #size = 0;

  /** @param expected - the size that the worker has announced */
  constructor(expected: number, max: number) {
    this.#max = max;
    // Pages that are not written cost nothing.
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(expected, max));
  }

  get size(): number {
    return this.#size;
  }

  /** @throws ForeignRecord for more than the limit, which the worker would not send */
  append(bytes: Buffer): void {
    const size = this.#size + bytes.length;
    if (size > this.#max) throw new ForeignRecord();
    if (size > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(size, 2 * this.#buffer.length), this.#max));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  /** Returns the content. */
  get bytes(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#size);
    // A file that was announced larger than it is must not keep that much memory.
    return this.#size < this.#buffer.length / 2 ? Buffer.from(bytes) : bytes;
  }
}
