// Reads the output of a command line by line.
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';

/** Returns a function that returns the next line, and throws if the output has ended. */
export function linesOf(stream: Readable | null): () => Promise<string> {
  const lines = createInterface({input: stream!})[Symbol.asyncIterator]();
  return async () => {
    const {value, done} = await lines.next();
    if (done) throw new Error('the output ended without a further line');
    return value;
  };
}
