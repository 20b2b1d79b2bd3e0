// Node's end of a command's pseudo-terminal.
import {AsyncResource} from 'node:async_hooks';
import {Duplex} from 'node:stream';
import {codedError, NamespaceError} from '../../errors/errors.js';
import {maxSize} from '../../features/terminal.js';
import {EAGAIN, EIO} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {manually} from '../../shared/own.js';
import {Turns} from '../../shared/turns.js';
import {validateInteger} from '../../shared/validate.js';
import {TerminalMaster} from './terminal-master.js';
import {TerminalWrite} from './terminal-write.js';

/** Control-D, the VEOF of a new terminal. */
export const endOfFile = Buffer.from('\x04');
// More than the kernel buffers for the reader of a terminal: TTYB_DEFAULT_MEM_LIMIT of drivers/tty/tty_buffer.c is 640 KB.
const bufferedMax = 1 << 20;

// 'exited': the command has ended, other processes may not have. 'finishing': their end is not awaited. 'ended': all has been read.
type Phase = 'open' | 'exited' | 'finishing' | 'ended';

/**
 * A command's pseudo-terminal. Reading it returns what the command writes; the command reads what is written to it as if it were typed. `end()`
 * types Control-D. The stream ends when the last process has closed the terminal, but not before the command has ended.
 *
 * The kernel buffers some KB of typed input, and the rest waits until the command reads: `write()` then returns false, and 'drain' is emitted
 * later. Input that no process can read any more is discarded. Its callback is called without an error, or after destroy() with
 * ERR_STREAM_DESTROYED.
 */
export class PseudoTerminal extends Duplex {
  /** The socket over which the process of the command sends the master, before it executes the command. */
  #socket: number;
  #master: TerminalMaster | undefined;
  #size: [cols: number, rows: number] | undefined;
  #write: TerminalWrite | undefined;
  #wantsToRead = false;
  #isHungUp = false;
  readonly #turns = new Turns(
    () => this.#writeSome(),
    () => this.#readSome(),
    () => this.#holdOrRelease(),
  );
  #phase: Phase = 'open';
  /** How many bytes are still to be read. What follows was written by other processes than the command. */
  #wanted = Infinity;
  #isReferenced = true;
  // Events come from one native callback for all terminals. Each runs in the context of its own spawn.
  readonly #resource = new AsyncResource('PSEUDOTERMINAL', manually);

  /** @internal Created by spawnInNamespace. */
  constructor(socket: number) {
    super();
    this.#socket = socket;
  }

  /**
   * Sets the size of the terminal. The foreground process group inside receives SIGWINCH.
   * @param cols - columns, 1 to 65535
   * @param rows - rows, 1 to 65535
   */
  resize(cols: number, rows: number): void {
    validateInteger(cols, 'cols', 1, maxSize);
    validateInteger(rows, 'rows', 1, maxSize);
    this.#size = [cols, rows];
    const errno = this.#master?.resize(cols, rows) ?? 0;
    if (errno < 0) throw new NamespaceError({errno, syscall: 'ioctl', step: 'pty'});
  }

  /** Keeps the event loop alive, as a socket does, while it is being read or a write is pending. This is the default. */
  ref(): this {
    this.#isReferenced = true;
    this.#holdOrRelease();
    return this;
  }

  /** Lets the program end while the terminal is open. */
  unref(): this {
    this.#isReferenced = false;
    this.#holdOrRelease();
    return this;
  }

  /** @internal The command has been executed, so the master has been sent. */
  attach(): void {
    // If the stream was destroyed meanwhile, closing the socket closes the master, which hangs up the command's terminal.
    const master = this.destroyed || TerminalMaster.receive(this.#socket, () => this.#onEvent());
    this.#closeSocket();
    if (master === true) return;
    if (typeof master === 'number') {
      this.destroy(new NamespaceError({errno: master, syscall: 'recvmsg', step: 'pty'}));
      return;
    }
    this.#master = master;
    if (this.#size !== undefined) this.resize(...this.#size);
    // It reads ahead as a pipe does, so that the end is noticed even if the program does not read.
    this.read(0);
    this.#goOn();
  }

  /** @internal The command has ended. */
  over(): void {
    this.#phase = 'exited';
    this.#closeSocket();
    // Output that the program does not read is discarded. It may add its listener at 'exit'.
    process.nextTick(() => {
      if (this.listenerCount('data') + this.listenerCount('readable') === 0) this.resume();
    });
    if (this.#master !== undefined) this.#tryAgain();
    // The command could not be started.
    else this.#end();
  }

  /** @internal The command has ended. Processes that it has left behind in a sandbox may have the terminal open, and even write to it. */
  finish(): void {
    if (this.#phase !== 'ended') this.#phase = 'finishing';
    this.#wanted = Math.min(this.#wanted, bufferedMax);
    this.#tryAgain();
  }

  #onEvent(): void {
    this.#isHungUp = false;
    this.#resource.runInAsyncScope(this.#goOn, this);
  }

  /** Reads again without an event, because EAGAIN and EIO mean something else in a new phase. */
  #tryAgain(): void {
    if (this.#master !== undefined) this.#master.canRead = true;
    this.#goOn();
  }

  #goOn(): void {
    this.#holdOrRelease();
    this.#turns.request();
  }

  #readSome(): void {
    const master = this.#master;
    if (!this.#wantsToRead || !master?.canRead) return;
    const chunk = master.read(this.#wanted);
    if (typeof chunk === 'number') this.#cannotRead(master, chunk);
    else if (chunk.length > 0) this.#give(chunk);
    else this.#end(); // the command has written no more
  }

  #give(chunk: Buffer): void {
    this.#wanted -= chunk.length;
    this.#goOn();
    // push() may call _read(). If a listener throws, reading goes on.
    this.#wantsToRead = false;
    let wantsMore = true;
    try {
      wantsMore = this.push(chunk);
    } finally {
      if (wantsMore) this.#wantsToRead = true;
    }
  }

  #cannotRead(master: TerminalMaster, error: number): void {
    if (error === EAGAIN) {
      if (this.#phase === 'finishing') this.#end();
    } else if (error === EIO) {
      // No process has the terminal open. The command may have closed its descriptors and go on, as coreutils do before they exit, and it may
      // open /dev/tty again. If the master were closed now, the command would be ended by SIGHUP.
      master.canRead = false;
      this.#isHungUp = true;
      if (this.#phase !== 'open') this.#end();
    } else {
      this.destroy(new NamespaceError({errno: error, syscall: 'read', step: 'pty'}));
    }
  }

  #writeSome(): void {
    if (!this.#master?.canWrite) return;
    const report = this.#write?.goOn(this.#master);
    if (report !== undefined) {
      this.#takeWrite();
      report();
    } else if (this.#write !== undefined && this.#master.canWrite) {
      this.#goOn();
    }
  }

  #takeWrite(): TerminalWrite | undefined {
    const write = this.#write;
    this.#write = undefined;
    return write;
  }

  /** There is nothing more to read, and no process that reads. */
  #end(): void {
    if (this.#phase === 'ended' || this.destroyed) return;
    this.#phase = 'ended';
    this.#close();
    this.once('end', () => this.destroy());
    this.push(null);
    this.#takeWrite()?.drop();
  }

  #close(): void {
    this.#turns.cancel();
    this.#master?.close();
    this.#master = undefined;
  }

  #closeSocket(): void {
    if (this.#socket >= 0) native().close(this.#socket);
    this.#socket = -1;
  }

  #holdOrRelease(): void {
    const isBusy = (this.#wantsToRead && !this.#isHungUp) || this.#write !== undefined;
    this.#master?.hold(this.#isReferenced && isBusy);
  }

  override _read(): void {
    this.#wantsToRead = true;
    this.#goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#phase === 'ended') {
      callback();
      return;
    }
    // If there is no terminal yet, the write waits for it.
    this.#write = new TerminalWrite(chunk, callback);
    this.#writeSome();
    this.#holdOrRelease();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this._write(endOfFile, 'utf8', callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#close();
    const write = this.#takeWrite();
    // An error like that of Node, whose class is not public.
    const reason = error ?? codedError('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
    process.nextTick(() => write?.drop(reason));
    callback(error);
    this.#resource.emitDestroy();
  }
}
