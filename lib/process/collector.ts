// Collects what a stream gives, up to a limit, and gives it out line by line meanwhile.
import {createInterface} from 'node:readline';
import {PassThrough, type Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import {own} from '../options/own.js';

/** What output becomes, by the option `encoding`. */
export type Output = string | Buffer;

/** One stream's output. */
export class Collector {
  readonly #stream: Readable | null;
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  #size = 0;
  #isTruncated = false;

  /**
   * @param limit - the most bytes that are kept
   * @param onLimit - called once when there are more; answers whether the command's end is still to come
   */
  constructor(stream: Readable | null, limit: number, onLimit: () => boolean) {
    this.#stream = stream;
    this.#limit = limit;
    // A stream that breaks ends the output; the command's own end says the rest.
    stream?.on('error', () => {});
    stream?.on('data', (chunk: Buffer) => {
      if (this.#isTruncated) return;
      const room = this.#limit - this.#size;
      if (room >= chunk.length) {
        this.#chunks.push(chunk);
        this.#size += chunk.length;
        return;
      }
      if (room > 0) this.#chunks.push(chunk.subarray(0, room));
      this.#size = this.#limit;
      this.#isTruncated = true;
      // What is still in the pipe is not read until the end. Closed at once, it would end the command by SIGPIPE, or not at all.
      stream.unpipe();
      // After the command's end nobody would let it flow on.
      if (onLimit()) stream.pause();
      else stream.resume();
    });
  }

  /** All that was kept. A character that the limit cut in two is left out. */
  output(encoding: BufferEncoding | 'buffer'): Output {
    const bytes = Buffer.concat(this.#chunks);
    if (encoding === 'buffer') return bytes;
    return this.#isTruncated ? new StringDecoder(encoding).write(bytes) : bytes.toString(encoding);
  }

  /** The lines from now on, and those before that were collected. A slow reader slows the command down. */
  async *lines(encoding: BufferEncoding): AsyncGenerator<string, void, undefined> {
    const stream = this.#stream;
    if (stream === null) return;
    const input = new PassThrough();
    for (const chunk of this.#chunks) input.write(chunk);
    if (stream.readableEnded || stream.destroyed) input.end();
    else stream.pipe(input).once('unpipe', () => input.end());
    stream.once('close', () => input.end());
    input.setEncoding(encoding);
    try {
      yield* createInterface(own({input, crlfDelay: Infinity}));
    } finally {
      // Whoever stops in the middle must not hold the command up: it is collected on.
      stream.unpipe(input);
      stream.resume();
    }
  }
}
