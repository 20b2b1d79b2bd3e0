// An IPC channel: Node's own between a parent and a child, on a socket pair. What comes in is untrusted.
import {AsyncResource} from 'node:async_hooks';
import type {ChildProcess} from 'node:child_process';
import type {EventEmitter} from 'node:events';
import {Socket} from 'node:net';
import {constants} from 'node:os';
import {adoptSockets} from '../descriptors.js';
import {codedError} from '../errors.js';
import {native} from '../native.js';
import {advancedCodec} from './advanced.js';
import type {Codec} from './codec.js';
import {ChannelControl} from './control.js';
import {announcesHandle, handleRefused, isInternal} from './handles.js';
import {jsonCodec} from './json.js';
import type {ResolvedIpc} from './options.js';
import {checkMessage, type SendCallback, sendArguments} from './send-arguments.js';

/** Our end, twice: a write that fails must not take with it what is still to be read. */
export interface ChannelDescriptors {
  read: number;
  write: number;
}

/** The child that the channel belongs to: what a program sees of it. */
export interface ChannelTarget extends EventEmitter {
  connected: boolean;
  channel?: ChannelControl | null;
  send: ChildProcess['send'];
  disconnect: ChildProcess['disconnect'];
}

// As in Node: from here on send() asks its caller to wait.
const highWaterMark = 2 * 65536;
// So many bytes of messages are kept for a program that does not listen yet. Then the command has to wait.
const keptMax = 1 << 20;
// More than the system keeps in a socket: what comes beyond it, after the end, was not sent before the end.
const lateMax = 1 << 22;
// Between two looks at a channel whose messages take their time.
const pauseMs = 10;

/** Gives a child the properties, methods and events of a channel. */
export class Channel {
  readonly #target: ChannelTarget;
  readonly #descriptors: ChannelDescriptors;
  readonly #codec: Codec;
  readonly #reader: Socket;
  readonly #writer: Socket;
  readonly #onClosed: () => void;
  #kept: {message: unknown; size: number}[] = [];
  #keptSize = 0;
  #isClosed = false;
  #isRefusing = false;
  #readAtEnd: number | undefined;

  /**
   * @param onClosed - called once, after 'disconnect'
   * @throws where the system refuses to make streams; descriptors that have not become one stay open
   */
  constructor(target: ChannelTarget, descriptors: ChannelDescriptors, ipc: ResolvedIpc, onClosed: () => void) {
    this.#target = target;
    this.#descriptors = descriptors;
    this.#codec = (ipc.serialization === 'json' ? jsonCodec : advancedCodec)(ipc.maxMessageSize);
    this.#onClosed = onClosed;
    const {read, write} = descriptors;
    [this.#reader, this.#writer] = adoptSockets(
      [read, write],
      [
        () => new Socket({fd: read, readable: true, writable: false}),
        () => new Socket({fd: write, readable: false, writable: true}),
      ],
    ) as [Socket, Socket];
    // Each write's callback tells.
    this.#writer.on('error', () => {});
    this.#reader.on('data', chunk => this.#receive(chunk));
    // A reset is an end, too: the command has closed the channel with something unread in it.
    this.#reader.on('error', () => this.#close());
    this.#reader.on('end', () => this.#close());
    target.connected = true;
    target.channel = new ChannelControl(this.#reader, descriptors.read);
    target.send = (message: unknown, ...rest: unknown[]) => this.#send(message, rest);
    target.disconnect = () => this.#disconnect();
    target.on('newListener', event => {
      if (event === 'message') process.nextTick(() => this.#tellKept());
    });
  }

  /** The command is over: what it has sent is still told, but nobody waits for who else may hold its end. */
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
      this.#codec.decode(chunk, (message, size) => process.nextTick(() => this.#tell(message, size)));
    } catch (error) {
      this.#close(error as Error);
    }
  }

  #tell(message: unknown, size: number): void {
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

  #tellKept(): void {
    const kept = this.#kept;
    let told = 0;
    try {
      while (told < kept.length && this.#target.listenerCount('message') > 0) {
        this.#target.emit('message', kept[told++]!.message, undefined);
      }
    } finally {
      // A listener may have taken one alone, or have thrown: the rest waits.
      this.#kept = this.#isClosed ? [] : kept.slice(told);
      this.#keptSize = this.#kept.reduce((sum, {size}) => sum + size, 0);
      if (this.#keptSize <= keptMax) this.#reader.resume();
      if (told > 0 && this.#kept.length > 0) process.nextTick(() => this.#tellKept());
    }
  }

  #refuseHandle(): void {
    // A Node inside sends no second handle before the answer to the first: who does gets no answer.
    if (this.#isRefusing || this.#isClosed) return;
    this.#isRefusing = true;
    this.#writer.write(this.#codec.encode(handleRefused), () => {
      this.#isRefusing = false;
    });
  }

  #send(message: unknown, rest: readonly unknown[]): boolean {
    const {handle, swallowErrors, callback} = sendArguments(rest);
    if (!this.#target.connected) {
      this.#tellError(channelClosed(), callback);
      return false;
    }
    checkMessage(message, handle);
    // A callback is called in the context of its send().
    const onWritten = callback && AsyncResource.bind(callback);
    let isDelayed = false;
    this.#writer.write(this.#codec.encode(message), error => {
      // A stream that is destroyed forgets to tell its last write that it was given up.
      const isGivenUp = isDelayed && this.#writer.destroyed;
      if (!error && !isGivenUp) onWritten?.(null);
      else if (onWritten) onWritten(this.#writeError(error));
      // Without a callback Node tells of what fails at once, and not of what fails later.
      else if (!isDelayed && !swallowErrors) this.#target.emit('error', this.#writeError(error));
    });
    isDelayed = this.#writer.writableLength > 0;
    return this.#writer.writableLength < highWaterMark;
  }

  /** As Node tells of a write that failed: the stream that we have in between has errors of its own. */
  #writeError(error: NodeJS.ErrnoException | null | undefined): Error {
    if (this.#isClosed) return channelClosed();
    return error?.errno === undefined ? brokenPipe() : error;
  }

  #tellError(error: Error, callback?: SendCallback): void {
    if (callback) process.nextTick(callback, error);
    else process.nextTick(() => this.#target.emit('error', error));
  }

  #disconnect(): void {
    if (!this.#target.connected) {
      this.#target.emit('error', codedError('ERR_IPC_DISCONNECTED', 'IPC channel is already disconnected'));
      return;
    }
    this.#leave();
    // What was sent before goes out before the end.
    this.#writer.end();
  }

  /** The other side has closed, or has sent what is no message. */
  #close(error?: Error): void {
    if (this.#isClosed) return;
    // An inside that sends garbage must not end a program that has no listener for errors: it sees 'disconnect'.
    if (error && this.#target.listenerCount('error') > 0) this.#tellError(error);
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
      // 'close' comes whatever a listener throws.
      process.nextTick(this.#onClosed);
      this.#target.emit('disconnect');
    });
  }
}

function channelClosed(): Error {
  return codedError('ERR_IPC_CHANNEL_CLOSED', 'Channel closed');
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), {errno: -constants.errno.EPIPE, code: 'EPIPE', syscall: 'write'});
}
