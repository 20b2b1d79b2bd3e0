// An IPC channel in Node's own format between a parent and a child, on a socket pair. All received data is untrusted.
import {AsyncResource} from 'node:async_hooks';
import type {ChildProcess} from 'node:child_process';
import type {EventEmitter} from 'node:events';
import {codedError} from '../../errors/errors.js';
import {EPIPE} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {advancedCodec} from './advanced.js';
import type {Codec} from './codec.js';
import {ChannelControl} from './control.js';
import {type End, openEnds} from './ends.js';
import {announcesHandle, handleRefused, isInternal} from './handles.js';
import {jsonCodec} from './json.js';
import type {ResolvedIpc} from './options.js';
import {checkMessage, type SendCallback, sendArguments} from './send-arguments.js';

/** Two descriptors of Node's end. They have separate streams, so that a failed write does not discard data that is still to be read. */
export interface ChannelDescriptors {
  read: number;
  write: number;
}

/** The part of a child process that belongs to the channel. */
export interface ChannelTarget extends EventEmitter {
  connected: boolean;
  channel?: ChannelControl | null;
  send: ChildProcess['send'];
  disconnect: ChildProcess['disconnect'];
}

// As in Node: from this number of buffered bytes on, send() returns false.
const highWaterMark = 2 * 65536;
// The maximum size in bytes of the messages that are kept until the program adds a listener. Beyond it, the channel stops reading and the
// command has to wait.
const keptMax = 1 << 20;
// More bytes than the kernel buffers in a socket. Bytes beyond this, received after the command has ended, were not sent by the command.
const lateMax = 1 << 22;
// The time in milliseconds between two checks of a channel that still has data after the command has ended.
const pauseMs = 10;

/** Adds the properties, methods and events of a channel to a child process. */
export class Channel {
  readonly #target: ChannelTarget;
  readonly #descriptors: ChannelDescriptors;
  readonly #codec: Codec;
  readonly #reader: End;
  readonly #writer: End;
  readonly #onClosed: () => void;
  #kept: {message: unknown; size: number}[] = [];
  #keptSize = 0;
  #isClosed = false;
  #isRefusing = false;
  #readAtEnd: number | undefined;

  /** @param onClosed - is called once, after 'disconnect' */
  constructor(target: ChannelTarget, descriptors: ChannelDescriptors, ipc: ResolvedIpc, onClosed: () => void) {
    this.#target = target;
    this.#descriptors = descriptors;
    this.#codec = (ipc.serialization === 'json' ? jsonCodec : advancedCodec)(ipc.maxMessageSize);
    this.#onClosed = onClosed;
    const {read, write} = descriptors;
    [this.#reader, this.#writer] = openEnds(read, write);
    try {
      this.#connect();
    } catch (error) {
      this.#reader.destroy();
      this.#writer.destroy();
      throw error;
    }
  }

  #connect(): void {
    const target = this.#target;
    // The callback of each write reports the error.
    this.#writer.on('error', () => {});
    this.#reader.on('data', chunk => this.#receive(chunk));
    // A reset is treated as the end of the stream: the command has closed the channel before it had read everything.
    this.#reader.on('error', () => this.#close());
    this.#reader.on('end', () => this.#close());
    target.connected = true;
    target.channel = new ChannelControl(this.#reader, this.#descriptors.read);
    target.send = (message: unknown, ...rest: unknown[]) => this.#send(message, rest);
    target.disconnect = () => this.#disconnect();
    target.on('newListener', event => {
      if (event === 'message') process.nextTick(() => this.#emitKept());
    });
  }

  /**
   * Is called when the command has ended. Messages that it has sent are still emitted, but the channel does not wait for other processes
   * that may have the command's end open.
   */
  finish(): void {
    if (this.#isClosed) this.#writer.destroy();
    else setImmediate(() => this.#finish());
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#readAtEnd ??= this.#reader.bytesRead;
    const isLate = this.#reader.bytesRead - this.#readAtEnd > lateMax;
    if (isLate || this.#reader.isPaused() || !native().isReadable(this.#descriptors.read)) this.#close();
    else setTimeout(() => this.#finish(), pauseMs);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#codec.decode(chunk, (message, size) => process.nextTick(() => this.#emit(message, size)));
    } catch (error) {
      this.#close(error as Error);
    }
  }

  #emit(message: unknown, size: number): void {
    if (isInternal(message)) {
      if (announcesHandle(message)) this.#refuseHandle();
      this.#target.emit('internalMessage', message, undefined);
      return;
    }
    if (this.#kept.length === 0 && this.#target.listenerCount('message') > 0) {
      this.#target.emit('message', message, undefined);
      return;
    }
    if (this.#isClosed) return;
    this.#kept.push({message, size});
    this.#keptSize += size;
    if (this.#keptSize > keptMax) this.#reader.pause();
  }

  #emitKept(): void {
    const kept = this.#kept;
    let emitted = 0;
    try {
      while (emitted < kept.length && this.#target.listenerCount('message') > 0) {
        this.#target.emit('message', kept[emitted++]!.message, undefined);
      }
    } finally {
      // A listener may have been removed after one message, or have thrown. The other messages stay.
      this.#kept = this.#isClosed ? [] : kept.slice(emitted);
      this.#keptSize = this.#kept.reduce((sum, {size}) => sum + size, 0);
      if (this.#keptSize <= keptMax) this.#reader.resume();
      if (emitted > 0 && this.#kept.length > 0) process.nextTick(() => this.#emitKept());
    }
  }

  #refuseHandle(): void {
    // Node sends no second handle before it has received the reply to the first one. A command that does so gets one reply.
    if (this.#isRefusing || this.#isClosed) return;
    this.#isRefusing = true;
    this.#writer.write(this.#codec.encode(handleRefused), () => {
      this.#isRefusing = false;
    });
  }

  #send(message: unknown, rest: readonly unknown[]): boolean {
    const {handle, swallowErrors, callback} = sendArguments(rest);
    if (!this.#target.connected) {
      this.#reportError(channelClosed(), callback);
      return false;
    }
    checkMessage(message, handle);
    // The callback runs in the async context of its send().
    const onWritten = callback && AsyncResource.bind(callback);
    let isDelayed = false;
    this.#writer.write(this.#codec.encode(message), error => {
      // A destroyed stream calls the callback of its last write without an error, though it has not written everything.
      const isGivenUp = isDelayed && this.#writer.destroyed;
      if (!error && !isGivenUp) onWritten?.(null);
      else if (onWritten) onWritten(this.#writeError(error));
      // Without a callback, Node emits an error for a write that fails immediately, and none for a write that fails later.
      else if (!isDelayed && !swallowErrors) this.#target.emit('error', this.#writeError(error));
    });
    isDelayed = this.#writer.writableLength > 0;
    return this.#writer.writableLength < highWaterMark;
  }

  /** Returns the error that child_process reports for a failed write. The stream's own errors are different. */
  #writeError(error: NodeJS.ErrnoException | null | undefined): Error {
    if (this.#isClosed) return channelClosed();
    return error?.errno === undefined ? brokenPipe() : error;
  }

  #reportError(error: Error, callback?: SendCallback): void {
    if (callback) process.nextTick(callback, error);
    else process.nextTick(() => this.#target.emit('error', error));
  }

  #disconnect(): void {
    if (!this.#target.connected) {
      this.#target.emit('error', codedError('ERR_IPC_DISCONNECTED', 'IPC channel is already disconnected'));
      return;
    }
    this.#leave();
    // Messages that were sent before are written before the end of the stream.
    this.#writer.end();
  }

  /** Closes the channel because the other side has closed it, or has sent invalid data (`error`). */
  #close(error?: Error): void {
    if (this.#isClosed) return;
    // A command that sends garbage must not be able to end the program by an uncaught 'error'. Without a listener for 'error' the program
    // receives 'disconnect' only.
    if (error && this.#target.listenerCount('error') > 0) this.#reportError(error);
    this.#leave();
    this.#writer.destroy();
  }

  #leave(): void {
    this.#isClosed = true;
    this.#kept = [];
    this.#target.connected = false;
    this.#target.channel = null;
    this.#reader.destroy();
    process.nextTick(() => {
      // Scheduled before the event, so that 'close' is emitted even if a listener throws.
      process.nextTick(this.#onClosed);
      this.#target.emit('disconnect');
    });
  }
}

function channelClosed(): Error {
  return codedError('ERR_IPC_CHANNEL_CLOSED', 'Channel closed');
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), {errno: EPIPE, code: 'EPIPE', syscall: 'write'});
}
