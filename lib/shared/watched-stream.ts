// Streams of pipes and sockets that need no net.Socket. With --permission, Node 25 and newer refuse a net.Socket of a descriptor unless
// --allow-net is given, although child_process needs no such right for its own pipes.
import {AsyncResource} from 'node:async_hooks';
import {Duplex} from 'node:stream';
import {errnoName} from './errno.js';
import {closeWatched, connect, onWatched} from './events.js';
import {EAGAIN, EIO, EPIPE} from './kernel.js';
import {LoopReference} from './loop-reference.js';
import {native} from './native.js';
import {manually, memberOf, own} from './own.js';
import {Turns} from './turns.js';

/** Returns whether this program may not create a net.Socket of a descriptor. */
export function isSocketDenied(): boolean {
  // Without --permission there is no such object. Before --allow-net existed, has() returned false for every program.
  const permission = memberOf(process, 'permission') as {has(scope: string): boolean} | undefined;
  return permission !== undefined && process.allowedNodeEnvironmentFlags.has('--allow-net') && !permission.has('net');
}

const chunkMax = 1 << 16;

/** A stream of a descriptor, which the addon watches. It owns the descriptor, and has the members of net.Socket that the library uses. */
export class WatchedStream extends Duplex {
  /** What other streams have, for those that look for the descriptor of a stream. */
  readonly _handle: {readonly fd: number; reading: boolean; readStop(): number};
  bytesRead = 0;
  readonly #id: number;
  readonly #reference = new LoopReference();
  readonly #resource = new AsyncResource('WATCHEDSTREAM', manually);
  #wantsToRead = false;
  #hasEnded = false;
  #write: {chunk: Buffer; offset: number; callback: (error?: Error | null) => void} | undefined;
  readonly #turns = new Turns(
    () => this.#writeSome(),
    () => this.#readSome(),
    () => this.#holdOrRelease(),
  );
  #isReferenced = true;

  /** @throws if the kernel refuses to watch the descriptor, which is then still the caller's */
  constructor(fd: number, readable: boolean, writable: boolean) {
    super(own({readable, writable, allowHalfOpen: false}));
    this._handle = {fd, reading: true, readStop: () => 0};
    connect();
    this.#id = native().watchPipe(fd);
    if (this.#id < 0) throw systemError('watch', this.#id);
    onWatched(this.#id, () => this.#resource.runInAsyncScope(this.#goOn, this));
  }

  ref(): this {
    this.#isReferenced = true;
    this.#holdOrRelease();
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    this.#holdOrRelease();
    return this;
  }

  #goOn(): void {
    if (this.destroyed) return;
    this.#holdOrRelease();
    this.#turns.request();
  }

  #readSome(): void {
    if (!this.#wantsToRead || !this._handle.reading || this.#hasEnded || this.destroyed) return;
    const buffer = Buffer.allocUnsafe(chunkMax);
    const size = native().readTerminal(this.#id, buffer);
    if (size === EAGAIN) return;
    if (size < 0) {
      this.destroy(systemError('read', size));
      return;
    }
    this.#wantsToRead = false;
    if (size === 0) {
      this.#hasEnded = true;
      this.push(null);
      return;
    }
    this.bytesRead += size;
    // push() may call _read(). If a listener throws, reading goes on.
    this.#goOn();
    if (this.push(size < chunkMax / 2 ? Buffer.from(buffer.subarray(0, size)) : buffer.subarray(0, size)))
      this.#wantsToRead = true;
  }

  #writeSome(): void {
    const write = this.#write;
    if (write === undefined || this.destroyed) return;
    const size = native().writeTerminal(this.#id, write.chunk, write.offset, chunkMax);
    if (size === EAGAIN) return;
    if (size >= 0) write.offset += size;
    if (size >= 0 && write.offset < write.chunk.length) {
      this.#goOn();
      return;
    }
    this.#write = undefined;
    write.callback(size < 0 ? systemError('write', size === EIO ? EPIPE : size) : null);
  }

  #holdOrRelease(): void {
    const isReading = this.#wantsToRead && this._handle.reading && !this.#hasEnded;
    if (this.#isReferenced && !this.destroyed && (isReading || this.#write !== undefined)) this.#reference.hold();
    else this.#reference.release();
  }

  override _read(): void {
    this.#wantsToRead = true;
    this.#goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#write = {chunk, offset: 0, callback};
    this.#writeSome();
    this.#holdOrRelease();
  }

  override _final(callback: (error?: Error | null) => void): void {
    // A FIFO has one direction, and ends when it is closed.
    native().endPipe(this.#id);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#turns.cancel();
    this.#reference.release();
    closeWatched(this.#id);
    native().close(this._handle.fd);
    const write = this.#write;
    this.#write = undefined;
    callback(error);
    // As a net.Socket does: the last write ends with the stream.
    process.nextTick(() => write?.callback(error));
    this.#resource.emitDestroy();
  }
}

function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = errnoName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), {errno, code, syscall});
}
