// Decodes what the file worker writes: src-native/protocol/files.h. A process inside may have taken the worker over, so every field is
// checked, and nothing that it says makes Node keep more than was asked for.
import {isUtf8} from 'node:buffer';
import {native} from '../../shared/native.js';

const headerSize = 48;
const nameMax = 4096;
const partMax = 65536;

/** The properties of an entry, as the worker has read them. */
export interface EntryStatus {
  /** With the type: S_IFMT. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  modifiedMs: number;
}

/** Why an entry is left out, or a call has failed. */
export interface WorkerFailure {
  /** The negated errno. */
  errno: number;
  syscall: string | undefined;
  /** The size of a file that is too large. */
  size: number;
}

/** Receives the records. What it throws ends the worker. */
export interface RecordReceiver {
  /** @param isText - whether the name is valid UTF-8. If it is not, `name` has replacement characters */
  entry?(name: string, status: EntryStatus, isText: boolean): void;
  /** The next part of the entry that came last. It is valid during the call. */
  content?(bytes: Buffer): void;
  skipped?(name: string, failure: WorkerFailure): void;
}

/** What is thrown for bytes that a worker of this package does not write. */
export class ForeignRecord extends Error {}

/** Decodes the records of one worker, in whatever pieces they come. */
export class RecordReader {
  readonly #receiver: RecordReceiver;
  readonly #kinds = native().protocol.fileRecords;
  readonly #head = Buffer.allocUnsafe(headerSize + nameMax);
  #size = 0;
  #contentLeft = 0;
  #isOver = false;
  /** Why the worker has failed, and the path that it names. */
  failure: (WorkerFailure & {path: string}) | undefined;

  constructor(receiver: RecordReceiver) {
    this.#receiver = receiver;
  }

  /** Whether the last record has arrived. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws ForeignRecord */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#isOver) throw new ForeignRecord();
      if (this.#contentLeft > 0) {
        const part = chunk.subarray(at, at + this.#contentLeft);
        this.#contentLeft -= part.length;
        at += part.length;
        this.#receiver.content?.(part);
      } else {
        at += this.#fill(chunk, at);
        if (this.#size >= headerSize && this.#size === this.#headSize()) this.#finishHead();
      }
    }
  }

  /** Copies more of a header or of the name behind it. */
  #fill(chunk: Buffer, at: number): number {
    const wanted = this.#size < headerSize ? headerSize : this.#headSize();
    const count = chunk.copy(this.#head, this.#size, at, at + wanted - this.#size);
    this.#size += count;
    return count;
  }

  #headSize(): number {
    const nameSize = this.#head.readUInt32LE(4);
    if (nameSize > nameMax) throw new ForeignRecord();
    return headerSize + nameSize;
  }

  #finishHead(): void {
    const head = this.#head;
    const kind = head.readUInt32LE(0);
    const contentSize = head.readUInt32LE(8);
    const bytes = head.subarray(headerSize, this.#size);
    this.#size = 0;
    const {ENTRY, CONTENT, SKIPPED, FAILED, DONE} = this.#kinds;
    if (contentSize > (kind === CONTENT ? partMax : 0)) throw new ForeignRecord();
    if (kind === CONTENT) this.#contentLeft = contentSize;
    else if (kind === ENTRY) this.#receiver.entry?.(`${bytes}`, statusOf(head), isUtf8(bytes));
    else if (kind === SKIPPED) this.#receiver.skipped?.(`${bytes}`, failureOf(head));
    else if (kind === FAILED) {
      this.failure = {...failureOf(head), path: `${bytes}`};
      this.#isOver = true;
    } else if (kind === DONE) this.#isOver = true;
    else throw new ForeignRecord();
  }
}

function statusOf(head: Buffer): EntryStatus {
  return {
    mode: head.readUInt32LE(12),
    uid: head.readUInt32LE(16),
    gid: head.readUInt32LE(20),
    size: sizeOf(head),
    modifiedMs: head.readInt32LE(36) * 0x100000000 + head.readUInt32LE(32),
  };
}

function failureOf(head: Buffer): WorkerFailure {
  const error = head.readInt32LE(40);
  if (error <= 0 || error >= 4096) throw new ForeignRecord();
  return {errno: -error, syscall: native().syscalls[head.readInt32LE(44)], size: sizeOf(head)};
}

function sizeOf(head: Buffer): number {
  return head.readUInt32LE(28) * 0x100000000 + head.readUInt32LE(24);
}
