// child.channel.
import {EventEmitter} from 'node:events';
import type {Socket} from 'node:net';

/** The IPC channel as the program sees it, as child_process's `channel`. */
export class ChannelControl extends EventEmitter {
  readonly #reader: Socket;
  readonly #fd: number;
  #isReferenced = true;

  /** @internal */
  constructor(reader: Socket, fd: number) {
    super();
    this.#reader = reader;
    this.#fd = fd;
  }

  /** Keeps the event loop alive while the channel is open. The default. */
  ref(): void {
    this.#isReferenced = true;
    // A socket that is gone would wait for a new one.
    if (!this.#reader.destroyed) this.#reader.ref();
  }

  /** Lets the program end though the channel is open. */
  unref(): void {
    this.#isReferenced = false;
    if (!this.#reader.destroyed) this.#reader.unref();
  }

  /** Whether the channel keeps the event loop alive. */
  hasRef(): boolean {
    return this.#isReferenced && !this.#reader.destroyed;
  }

  /** Its descriptor on this side. */
  get fd(): number | undefined {
    return this.#reader.destroyed ? undefined : this.#fd;
  }
}
