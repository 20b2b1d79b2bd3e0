// What a command prints, line by line, as a test asks for it.
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';

/** Answers a function that gives the next line, and throws where none comes any more. */
export function linesOf(stream: Readable | null): () => Promise<string> {
  const lines = createInterface({input: stream!})[Symbol.asyncIterator]();
  return async () => {
    const {value, done} = await lines.next();
    if (done) throw new Error('the output ended without a further line');
    return value;
  };
}
