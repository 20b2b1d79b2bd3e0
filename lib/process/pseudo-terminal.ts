// Our side of a command's pseudo-terminal.
import {readSync} from 'node:fs';
import {Duplex} from 'node:stream';
import {ReadStream} from 'node:tty';
import {adopt} from '../descriptors.js';
import {NamespaceError} from '../errors.js';
import {native} from '../native.js';
import {maxSize} from '../options/pty.js';
import {validateInteger} from '../validate.js';

// VEOF as terminals start with it, Control-D.
const endOfFile = '\x04';
// Between two looks at a terminal whose reader takes its time.
const pauseMs = 10;
// As much as the kernel holds for a terminal's reader, and more: TTYB_DEFAULT_MEM_LIMIT of drivers/tty/tty_buffer.c is 640 KB.
const mostHeld = 1 << 20;
// Of a terminal that is opened again, at one look.
const mostAtOnce = 1 << 16;

/**
 * A command's pseudo-terminal: what the command writes can be read, what is written the command reads as typed. `end()` types
 * Control-D. It ends when the last process has closed its side, and not before the command's end.
 */
export class PseudoTerminal extends Duplex {
  /** Where nsinit sends the master's descriptor before the command is executed. */
  #socket: number;
  #master: ReadStream | undefined;
  #fd = -1;
  #size: [cols: number, rows: number] | undefined;
  #waiting: (() => void) | undefined;
  #isOver = false;
  /** Looks whether there is more to read after all. */
  #reopening: NodeJS.Timeout | undefined;
  #isFinished = false;
  /** How many bytes are still wanted; then the rest is somebody else's. */
  #wanted = Infinity;

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
    if (this.#fd < 0 || this.destroyed) return;
    const answer = native().setWindowSize(this.#fd, cols, rows);
    if (answer < 0) throw new NamespaceError({errno: answer, syscall: 'ioctl', step: 'pty'});
  }

  /** @internal The command is executed: the master has been sent. */
  attach(): void {
    if (this.destroyed) return;
    const fd = native().receiveTerminal(this.#socket);
    this.#closeSocket();
    if (fd < 0) {
      this.destroy(new NamespaceError({errno: fd, syscall: 'recvmsg', step: 'pty'}));
      return;
    }
    // Beside the stream's, which it closes when it sees the end.
    this.#fd = native().duplicate(fd);
    const master = adopt([fd], () => new ReadStream(fd));
    this.#master = master;
    if (this.#size !== undefined) this.resize(...this.#size);
    master.on('data', chunk => {
      if (this.#wanted <= 0) return;
      this.#wanted -= chunk.length;
      if (!this.push(chunk)) master.pause();
    });
    master.on('end', () => this.#hungUp());
    master.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EIO') {
        this.destroy(error);
        return;
      }
      // How Linux says that nobody has the other side any more: the end of the file.
      this.#hungUp();
    });
    master.on('close', () => this.#hungUp());
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** @internal The command is over. */
  over(): void {
    this.#isOver = true;
    if (this.#reopening) this.#finished();
  }

  /**
   * A command may close its side and go on: many do so last of all (coreutils). With the master closed it would get SIGHUP in place of its
   * own end, and it may open /dev/tty again.
   */
  #hungUp(): void {
    if (this.#reopening !== undefined || this.#isFinished || this.destroyed) return;
    if (this.#isOver) this.#finished();
    else this.#reopening = setInterval(() => this.#look(), pauseMs).unref();
  }

  #look(): void {
    if (this.readableLength < mostAtOnce) this.#pushRest(mostAtOnce);
  }

  /** @internal The command is over, and what it has left behind in a sandbox may keep the terminal, and even write to it. */
  finish(): void {
    if (this.#isFinished || this.destroyed) return;
    this.#wanted = Math.min(this.#wanted, mostHeld);
    if (this.#master !== undefined && this.#wanted > 0 && native().isReadable(this.#fd)) {
      setTimeout(() => this.finish(), pauseMs);
      return;
    }
    this.#finished();
  }

  #finished(): void {
    if (this.#isFinished || this.destroyed) return;
    this.#isFinished = true;
    clearInterval(this.#reopening);
    this.#master?.pause();
    this.#pushRest(Math.min(this.#wanted, mostHeld));
    this.once('end', () => this.destroy());
    this.push(null);
  }

  /**
   * libuv takes a hang-up for the end once a read has not filled its buffer; a terminal gives out 4 KB at most, so there may be more. And
   * a stream that an error has ended does not give out what it holds.
   */
  #pushRest(most: number): void {
    if (this.#master === undefined) return;
    for (let chunk = this.#master.read(); chunk !== null; chunk = this.#master.read()) this.push(chunk);
    const buffer = Buffer.allocUnsafe(4096);
    try {
      for (let left = most, size = -1; left > 0 && size !== 0; left -= size) {
        size = readSync(this.#fd, buffer);
        this.push(Buffer.from(buffer.subarray(0, size)));
      }
    } catch {
      // EIO: the end; EAGAIN: a daemon has the other side, and has written nothing.
    }
  }

  #closeSocket(): void {
    if (this.#socket >= 0) native().close(this.#socket);
    this.#socket = -1;
  }

  override _read(): void {
    this.#master?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    // What is written before there is a terminal waits for it.
    if (this.#master === undefined) this.#waiting = () => this._write(chunk, _encoding, callback);
    // A terminal that is gone takes what it gets, as when a command does not read all of its input.
    else if (this.#master.destroyed) callback();
    else this.#master.write(chunk, error => callback(isGone(error) ? null : error));
  }

  override _final(callback: (error?: Error | null) => void): void {
    this._write(Buffer.from(endOfFile), 'utf8', callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.#reopening);
    this.#closeSocket();
    if (this.#fd >= 0) native().close(this.#fd);
    this.#fd = -1;
    this.#waiting = undefined;
    const master = this.#master;
    if (master === undefined || master.destroyed) {
      callback(error);
      return;
    }
    master.once('close', () => callback(error));
    master.destroy();
  }
}

function isGone(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.code === 'EIO' || error?.code === 'ECANCELED' || error?.code === 'EPIPE';
}
