// Collects what a stream gives, up to a limit, and gives it out line by line meanwhile.
import {createInterface} from 'node:readline';
import {PassThrough, type Readable} from 'node:stream';

/** What output becomes, by the option `encoding`. */
export type Output = string | Buffer;

/** One stream's output. */
export class Collector {
  readonly #stream: Readable | null;
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  #size = 0;

  /**
   * @param limit - the most bytes that are kept
   * @param onLimit - called once when there are more
   */
  constructor(stream: Readable | null, limit: number, onLimit: () => void) {
    this.#stream = stream;
    this.#limit = limit;
    // A stream that breaks ends the output; the command's own end says the rest.
    stream?.on('error', () => {});
    stream?.on('data', (chunk: Buffer) => {
      const room = this.#limit - this.#size;
      if (room >= chunk.length) {
        this.#chunks.push(chunk);
        this.#size += chunk.length;
        return;
      }
      if (room > 0) this.#chunks.push(chunk.subarray(0, room));
      this.#size = this.#limit;
      // What is still in the pipe is not even read.
      stream.destroy();
      onLimit();
    });
  }

  output(encoding: BufferEncoding | 'buffer'): Output {
    const bytes = Buffer.concat(this.#chunks);
    return encoding === 'buffer' ? bytes : bytes.toString(encoding);
  }

  /** The lines from now on, and those before that were collected. */
  async *lines(): AsyncIterableIterator<string> {
    if (this.#stream === null) return;
    const input = new PassThrough();
    for (const chunk of this.#chunks) input.write(chunk);
    this.#stream.pipe(input);
    this.#stream.once('close', () => input.end());
    yield* createInterface({input, crlfDelay: Infinity});
  }
}
