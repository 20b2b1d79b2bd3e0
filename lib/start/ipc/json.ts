// serialization: 'json'. Each message is one line of JSON.
import {invalidArgValue} from '../../errors/errors.js';
import {type Codec, invalidMessage, tooLarge} from './codec.js';
import {Unfinished} from './unfinished.js';

const lineFeed = 10;

/** @param limit - the maximum size of a received message in bytes */
export function jsonCodec(limit: number): Codec {
  const unfinished = new Unfinished();
  const check = (size: number): void => {
    if (size > limit) throw tooLarge(limit);
  };
  const lineOf = (chunk: Buffer, start: number, end: number): string => {
    if (unfinished.length === 0) return chunk.toString('utf8', start, end);
    unfinished.append(chunk.subarray(start, end));
    return unfinished.take().toString();
  };
  return {
    encode(message) {
      const text: string | undefined = JSON.stringify(message);
      // child_process would send the word 'undefined', which the receiver cannot parse.
      if (text === undefined) throw invalidArgValue('message', message, 'must have a form in JSON');
      return `${text}\n`;
    },
    decode(chunk, deliver) {
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
        const size = unfinished.length + end - start;
        check(size);
        deliver(parse(lineOf(chunk, start, end)), size);
        start = end + 1;
      }
      if (start === chunk.length) return;
      check(unfinished.length + chunk.length - start);
      unfinished.append(chunk.subarray(start));
    },
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw invalidMessage(error);
  }
}
