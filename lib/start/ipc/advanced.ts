// serialization: 'advanced'. A message consists of its length in four bytes, big-endian, and a value in V8's serialization format.
import {DefaultDeserializer, DefaultSerializer} from 'node:v8';
import {type Codec, invalidMessage, tooLarge} from './codec.js';
import {Unfinished} from './unfinished.js';

// The tag before each host object, which V8 leaves to the serializer: a view on bytes, as node:v8 writes it, or any other object of native
// code, which is written as a plain object with its properties. Node's own channel uses the same tags.
const viewTag = 0;
const objectTag = 1;

// The documentation of node:v8 contains these two methods, its type declarations do not.
const {_writeHostObject: writeView} = DefaultSerializer.prototype as unknown as {
  _writeHostObject(view: ArrayBufferView): void;
};
const {_readHostObject: readView} = DefaultDeserializer.prototype as unknown as {_readHostObject(): unknown};

class MessageSerializer extends DefaultSerializer {
  _writeHostObject(object: object): void {
    if (ArrayBuffer.isView(object)) {
      this.writeUint32(viewTag);
      writeView.call(this, object);
      return;
    }
    this.writeUint32(objectTag);
    this.writeValue({...object});
  }
}

class MessageDeserializer extends DefaultDeserializer {
  _readHostObject(): unknown {
    const tag = this.readUint32();
    if (tag === viewTag) return readView.call(this);
    if (tag !== objectTag) throw new Error(`An object has the unknown tag ${tag}`);
    return this.readValue();
  }
}

const headerSize = 4;
const noHeader = Buffer.alloc(headerSize);

/** @param limit - the maximum size of a received message in bytes, without its length */
export function advancedCodec(limit: number): Codec {
  const unfinished = new Unfinished();
  const checked = (size: number): number => {
    if (size > limit) throw tooLarge(limit);
    return size;
  };

  /** Completes the message that began in an earlier chunk. Returns the offset in this chunk at which the message ends. */
  const complete = (chunk: Buffer, deliver: (message: unknown, size: number) => void): number => {
    let end = 0;
    const fill = (length: number): boolean => {
      const part = chunk.subarray(end, end + Math.max(length - unfinished.length, 0));
      unfinished.append(part);
      end += part.length;
      return unfinished.length >= length;
    };
    if (!fill(headerSize)) return end;
    const size = checked(unfinished.announced());
    if (fill(headerSize + size)) deliver(parse(unfinished.take().subarray(headerSize)), size);
    return end;
  };

  return {
    encode(message) {
      const serializer = new MessageSerializer();
      // Space for the length, which is written last.
      serializer.writeRawBytes(noHeader);
      serializer.writeHeader();
      serializer.writeValue(message);
      const bytes = serializer.releaseBuffer();
      bytes.writeUInt32BE(bytes.length - headerSize);
      return bytes;
    },
    decode(chunk, deliver) {
      let start = unfinished.length > 0 ? complete(chunk, deliver) : 0;
      while (chunk.length - start >= headerSize) {
        const size = checked(chunk.readUInt32BE(start));
        const end = start + headerSize + size;
        if (end > chunk.length) break;
        deliver(parse(chunk.subarray(start + headerSize, end)), size);
        start = end;
      }
      if (start < chunk.length) unfinished.append(chunk.subarray(start));
    },
  };
}

function parse(bytes: Buffer): unknown {
  try {
    const deserializer = new MessageDeserializer(bytes);
    deserializer.readHeader();
    return deserializer.readValue();
  } catch (error) {
    throw invalidMessage(error);
  }
}
