// Writes the frames and operations that src-native/protocol/protocol.h defines.
import type {Triple} from '../../features/feature.js';
import {ENOBUFS} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {readEnv} from '../options/command.js';

export type {Step} from '../../features/feature.js';

// The addon writes the size of an EXEC operation into this array.
const written = new Int32Array(1);
// The size in bytes of an operation without its texts.
const headerSize = 32;
const startSize = 65536;
const keptMax = 1 << 20;

// One buffer in each thread serves every plan, because the addon has sent the plan when its function returns.
let buffer = Buffer.allocUnsafeSlow(startSize);
let words = new Uint32Array(buffer.buffer);

/** Returns the maximum size of a text in bytes, with its NUL and its padding. UTF-8 has at most three bytes for each UTF-16 code unit. */
const textSizeMax = (text: string | Buffer): number => text.length * 3 + 16;

/** Writes one plan. All plans share one buffer, so a plan must be sent before the next one is begun. */
export class PlanWriter {
  #length = 0;
  #frame = 0;

  /** The buffer that contains the plan. It is valid until the next writer is created. */
  get bytes(): Buffer {
    return buffer;
  }

  /** The size of the plan so far, in bytes. */
  get size(): number {
    return this.#length;
  }

  constructor() {
    // A buffer that was enlarged for one huge command line is released.
    if (buffer.length > keptMax) this.#resize(startSize);
  }

  /** Starts a frame. The operations that follow belong to it. Its numbers must be set by {@link setFrameNumbers}. */
  frame(type: number, id: number): void {
    this.#frame = this.#length;
    this.#reserve(headerSize + 8);
    const at = this.#length / 4;
    words[at] = type;
    words[at + 1] = id;
    words[at + 3] = 0;
    this.#length += headerSize + 8;
    this.#closeFrame();
  }

  /** Sets the numbers of the frame that was started last. They are known only after its operations have been written. */
  setFrameNumbers(numbers: Triple): void {
    this.#numbers(this.#frame / 4 + 4, numbers);
  }

  /** Adds frames that were written before. */
  append(frames: Uint8Array): void {
    this.#reserve(frames.length);
    buffer.set(frames, this.#length);
    this.#length += frames.length;
  }

  /** Adds a frame that was written before, with another id. The operations that follow belong to it. */
  appendFrame(bytes: Uint8Array, id: number): void {
    this.#frame = this.#length;
    this.append(bytes);
    words[this.#frame / 4 + 1] = id;
  }

  /** Returns a copy of what was written since the plan had the size `start`. */
  copy(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(buffer, start, this.#length);
  }

  /** Adds an operation, followed by texts that are joined by NULs. */
  operation(code: number, numbers: Triple = [0], texts?: string | Buffer): void {
    const start = this.#length;
    this.#reserve(headerSize);
    this.#length += headerSize;
    if (texts !== undefined) this.#text(texts);
    this.#finish(start, code, numbers);
  }

  /**
   * Adds the operation that executes a command.
   * @param file - the command, which nsinit looks up along PATH
   * @param argv - its arguments, including argv[0]
   * @param env - NAME=value pairs, or undefined for this process's environment
   * @param descriptor - the command's descriptor that is executed instead of the file, if it is not 0
   */
  execOperation(file: string, argv: readonly string[], env: readonly string[] | undefined, descriptor = 0): void {
    const line = `${file}\0${argv.join('\0')}`;
    const variables = env?.join('\0');
    let room = headerSize + textSizeMax(line) + (variables === undefined ? 0 : textSizeMax(variables));
    let error: number;
    do {
      this.#reserve(room);
      error = native().writeExec(buffer, this.#length, line, argv.length, variables, env?.length ?? 0, written);
      room = written[0]!;
    } while (error === ENOBUFS);
    if (error < 0) {
      // The addon cannot copy this process's environment, so JavaScript reads it.
      this.execOperation(file, argv, readEnv(process.env), descriptor);
      return;
    }
    words[this.#length / 4 + 6] = descriptor;
    this.#length += written[0]!;
    this.#closeFrame();
  }

  /** Adds an operation, followed by a list of 32-bit numbers. */
  operationWithList(code: number, numbers: Triple, list: ArrayLike<number>): void {
    const start = this.#length;
    this.#reserve(headerSize + list.length * 4 + 8);
    words.set(list, (start + headerSize) / 4);
    this.#length += headerSize + list.length * 4;
    this.#finish(start, code, numbers);
  }

  #text(text: string | Buffer): void {
    this.#reserve(textSizeMax(text));
    this.#length +=
      typeof text === 'string' ? buffer.write(text, this.#length, 'utf8') : text.copy(buffer, this.#length);
    buffer[this.#length++] = 0;
  }

  #finish(start: number, code: number, numbers: Triple): void {
    const end = (this.#length + 7) & ~7;
    // The padding is zeroed, because nsinit requires that an operation ends with a NUL.
    buffer.fill(0, this.#length, end);
    this.#length = end;
    const at = start / 4;
    words[at] = code;
    words[at + 1] = end - start;
    this.#numbers(at + 2, numbers);
    this.#closeFrame();
  }

  #closeFrame(): void {
    words[this.#frame / 4 + 2] = this.#length - this.#frame;
  }

  #numbers(at: number, numbers: Triple): void {
    for (let i = 0; i < 3; i++) {
      const number = numbers[i] ?? 0;
      if (typeof number === 'number' && number <= 0xffffffff) {
        words[at + 2 * i] = number;
        words[at + 2 * i + 1] = 0;
      } else if (typeof number === 'bigint') {
        words[at + 2 * i] = Number(number & 0xffffffffn);
        words[at + 2 * i + 1] = Number(number >> 32n);
      } else {
        // In RLIM_INFINITY all bits are set.
        words[at + 2 * i] = number === Infinity ? 0xffffffff : number % 0x100000000;
        words[at + 2 * i + 1] = number === Infinity ? 0xffffffff : Math.floor(number / 0x100000000);
      }
    }
  }

  #reserve(size: number): void {
    if (this.#length + size > buffer.length) this.#resize(Math.max(buffer.length * 2, this.#length + size + 8));
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow((size + 7) & ~7);
    buffer.copy(larger, 0, 0, this.#length);
    buffer = larger;
    words = new Uint32Array(larger.buffer);
  }
}
