// The class of `child.channel`.
import {EventEmitter} from 'node:events';
import type {Socket} from 'node:net';
import type {WatchedStream} from '../../shared/watched-stream.js';

/** The IPC channel of a child process (`child.channel`), as in child_process. See docs/ipc.md. */
export class ChannelControl extends EventEmitter {
  readonly #reader: Socket | WatchedStream;
  readonly #fd: number;
  #isReferenced = true;
  #isSetExplicitly = false;
  #count = 0;

  /** @internal */
  constructor(reader: Socket | WatchedStream, fd: number) {
    super();
    this.#reader = reader;
    this.#fd = fd;
  }

  /** Keeps the event loop alive while the channel is open. This is the default. */
  ref(): void {
    this.#isSetExplicitly = true;
    this.#hold();
  }

  /** Lets the program end while the channel is open. */
  unref(): void {
    this.#isSetExplicitly = true;
    this.#release();
  }

  /** Counts a user of the channel: the first one calls ref(), unless the program has called ref() or unref() itself. */
  refCounted(): void {
    if (++this.#count === 1 && !this.#isSetExplicitly) this.#hold();
  }

  /** The opposite of {@link refCounted}: when the last user has gone, the program may end. */
  unrefCounted(): void {
    if (--this.#count === 0 && !this.#isSetExplicitly) this.#release();
  }

  #hold(): void {
    this.#isReferenced = true;
    // A destroyed socket would remember the call for its next connection.
    if (!this.#reader.destroyed) this.#reader.ref();
  }

  #release(): void {
    this.#isReferenced = false;
    if (!this.#reader.destroyed) this.#reader.unref();
  }

  /** Whether the channel keeps the event loop alive. */
  hasRef(): boolean {
    return this.#isReferenced && !this.#reader.destroyed;
  }

  /** The descriptor of Node's end; undefined once the channel is closed. */
  get fd(): number | undefined {
    return this.#reader.destroyed ? undefined : this.#fd;
  }
}
