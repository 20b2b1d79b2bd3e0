// The class of `child.channel`.
import {EventEmitter} from 'node:events';
import type {Socket} from 'node:net';

/** The IPC channel of a child process (`child.channel`), as in child_process. See docs/ipc.md. */
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

  /** Keeps the event loop alive while the channel is open. This is the default. */
  ref(): void {
    this.#isReferenced = true;
    // A destroyed socket would remember the call for its next connection.
    if (!this.#reader.destroyed) this.#reader.ref();
  }

  /** Lets the program end while the channel is open. */
  unref(): void {
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
