// Our side of a command's pseudo-terminal.
import {AsyncResource} from 'node:async_hooks';
import {constants} from 'node:os';
import {Duplex} from 'node:stream';
import {codedError, NamespaceError} from '../errors.js';
import {maxSize} from '../features/terminal.js';
import {native} from '../native.js';
import {manually} from '../options/own.js';
import {validateInteger} from '../validate.js';
import {TerminalMaster} from './terminal-master.js';
import {TerminalWrite} from './terminal-write.js';

const {EAGAIN, EIO} = constants.errno;
// VEOF as terminals start with it, Control-D.
const endOfFile = '\x04';
// As much as the kernel holds for a terminal's reader, and more: TTYB_DEFAULT_MEM_LIMIT of drivers/tty/tty_buffer.c is 640 KB.
const mostHeld = 1 << 20;

/**
 * A command's pseudo-terminal: what the command writes can be read, what is written the command reads as typed. `end()` types
 * Control-D. It ends when the last process has closed its side, and not before the command's end.
 *
 * The kernel holds some KB of what is typed, and the rest waits for the command to read: then `write()` answers false, and 'drain' comes
 * later. What nobody can read any more is dropped; its callback is called without an error, after destroy() with ERR_STREAM_DESTROYED.
 */
export class PseudoTerminal extends Duplex {
  /** Where nsinit sends the master's descriptor before the command is executed. */
  #socket: number;
  /** While it is open. */
  #master: TerminalMaster | undefined;
  #size: [cols: number, rows: number] | undefined;
  #write: TerminalWrite | undefined;
  #wantsToRead = false;
  #isHungUp = false;
  #soon: NodeJS.Immediate | undefined;
  #isOver = false;
  /** Nobody waits for who else may have the terminal. */
  #isFinishing = false;
  /** How many bytes are still wanted; then the rest is somebody else's. */
  #wanted = Infinity;
  #hasEnded = false;
  #isReferenced = true;
  // Events come from one native callback for all: each is told in the context of its own spawn.
  readonly #resource = new AsyncResource('PSEUDOTERMINAL', manually);

  /** @internal Made by spawnInNamespace. */
  constructor(socket: number) {
    super();
    this.#socket = socket;
  }

  /**
   * Tells the terminal its size; the foreground process group inside gets SIGWINCH.
   * @param cols - columns, 1 to 65535
   * @param rows - rows, 1 to 65535
   */
  resize(cols: number, rows: number): void {
    validateInteger(cols, 'cols', 1, maxSize);
    validateInteger(rows, 'rows', 1, maxSize);
    this.#size = [cols, rows];
    const answer = this.#master?.resize(cols, rows) ?? 0;
    if (answer < 0) throw new NamespaceError({errno: answer, syscall: 'ioctl', step: 'pty'});
  }

  /** Keeps the event loop alive as a socket does, while it is being read, or a write is under way. The default. */
  ref(): this {
    this.#isReferenced = true;
    this.#holdOrRelease();
    return this;
  }

  /** Lets the program end though the terminal is open. */
  unref(): this {
    this.#isReferenced = false;
    this.#holdOrRelease();
    return this;
  }

  /** @internal The command is executed: the master has been sent. */
  attach(): void {
    // One that was destroyed meanwhile is a hang-up for the command: the master goes with the socket.
    const master = this.destroyed || TerminalMaster.receive(this.#socket, () => this.#onEvent());
    this.#closeSocket();
    if (master === true) return;
    if (typeof master === 'number') {
      this.destroy(new NamespaceError({errno: master, syscall: 'recvmsg', step: 'pty'}));
      return;
    }
    this.#master = master;
    if (this.#size !== undefined) this.resize(...this.#size);
    // As a pipe: it reads ahead, so that an end is seen though nobody reads.
    this.read(0);
    this.#goOn();
  }

  /** @internal The command is over. */
  over(): void {
    this.#isOver = true;
    this.#closeSocket();
    // Whoever listens from 'exit' on is heard. What nobody reads flows away.
    process.nextTick(() => {
      if (this.listenerCount('data') + this.listenerCount('readable') === 0) this.resume();
    });
    if (this.#master !== undefined) this.#tryAgain();
    // It was over before it had begun.
    else this.#end();
  }

  /** @internal The command is over, and what it has left behind in a sandbox may keep the terminal, and even write to it. */
  finish(): void {
    this.#isFinishing = true;
    this.#wanted = Math.min(this.#wanted, mostHeld);
    this.#tryAgain();
  }

  #onEvent(): void {
    this.#isHungUp = false;
    this.#resource.runInAsyncScope(this.#goOn, this);
  }

  /** Though the kernel has nothing new to tell: what it says now means something else. */
  #tryAgain(): void {
    if (this.#master !== undefined) this.#master.canRead = true;
    this.#goOn();
  }

  /** In turns, between which others have theirs. */
  #goOn(): void {
    this.#holdOrRelease();
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      // A callback or listener that throws does not stop the other direction.
      try {
        this.#writeSome();
      } finally {
        this.#readSome();
        this.#holdOrRelease();
      }
    });
  }

  #readSome(): void {
    const master = this.#master;
    if (!this.#wantsToRead || !master?.canRead) return;
    const chunk = master.read(this.#wanted);
    if (typeof chunk === 'number') this.#cannotRead(master, -chunk);
    else if (chunk.length > 0) this.#give(chunk);
    else this.#end(); // all that was wanted is read
  }

  #give(chunk: Buffer): void {
    this.#wanted -= chunk.length;
    this.#goOn();
    // push() may ask for more by _read(); where a listener throws the rest is still wanted.
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
      if (this.#isFinishing) this.#end();
    } else if (error === EIO) {
      // How Linux says that nobody has the other side any more. A command may close its side and go on: many do so last of all
      // (coreutils). With the master closed it would get SIGHUP in place of its own end, and it may open /dev/tty again.
      master.canRead = false;
      this.#isHungUp = true;
      if (this.#isOver) this.#end();
    } else {
      this.destroy(new NamespaceError({errno: -error, syscall: 'read', step: 'pty'}));
    }
  }

  #writeSome(): void {
    if (!this.#master?.canWrite) return;
    const tell = this.#write?.goOn(this.#master);
    if (tell !== undefined) {
      this.#takeWrite();
      tell();
    } else if (this.#write !== undefined && this.#master.canWrite) {
      this.#goOn();
    }
  }

  #takeWrite(): TerminalWrite | undefined {
    const write = this.#write;
    this.#write = undefined;
    return write;
  }

  /** There is nothing more to read, and nobody who reads. */
  #end(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.#close();
    this.once('end', () => this.destroy());
    this.push(null);
    this.#takeWrite()?.drop();
  }

  #close(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
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
    if (this.#hasEnded) {
      callback();
      return;
    }
    // Before there is a terminal it waits for it.
    this.#write = new TerminalWrite(chunk, callback);
    this.#writeSome();
    this.#holdOrRelease();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this._write(Buffer.from(endOfFile), 'utf8', callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#close();
    const write = this.#takeWrite();
    // As Node's, whose class is not public.
    const reason = error ?? codedError('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
    process.nextTick(() => write?.drop(reason));
    callback(error);
  }
}
