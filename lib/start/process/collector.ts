// Collects the output of a stream up to a limit, and passes it on line by line meanwhile.
import {createInterface} from 'node:readline';
import {PassThrough, type Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import {own} from '../../shared/own.js';

/** The type of collected output, which depends on the option `encoding`. */
export type Output = string | Buffer;

/** Collects the output of one stream. */
export class Collector {
  readonly #stream: Readable | null;
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  #size = 0;
  #isTruncated = false;

  /**
   * @param limit - how many bytes are kept at most
   * @param onLimit - called once, when there are more. Returns whether the command has still to end
   */
  constructor(stream: Readable | null, limit: number, onLimit: () => boolean) {
    this.#stream = stream;
    this.#limit = limit;
    // A stream that fails ends the output. What has gone wrong is known when the command has ended.
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
      // The rest stays in the pipe until the command has ended. Closing the pipe would end the command by SIGPIPE, or not at all.
      stream.unpipe();
      // If the command has ended already, nothing would resume the stream later.
      if (onLimit()) stream.pause();
      else stream.resume();
    });
  }

  /** Returns all that was kept. A character that the limit has cut in two is left out. */
  output(encoding: BufferEncoding | 'buffer'): Output {
    const bytes = Buffer.concat(this.#chunks);
    if (encoding === 'buffer') return bytes;
    return this.#isTruncated ? new StringDecoder(encoding).write(bytes) : bytes.toString(encoding);
  }

  /** Returns the lines that were collected so far, and those that follow. A slow reader slows the command down. */
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
      // A loop that is left early must not block the command, so its output is still collected.
      stream.unpipe(input);
      stream.resume();
    }
  }
}
