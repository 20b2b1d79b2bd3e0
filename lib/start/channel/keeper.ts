// Keeps new namespaces on files before the command starts, as `unshare --net=FILE` does.
import {unlinkSync} from 'node:fs';
import {NamespaceError} from '../../errors/errors.js';
import {objectOf} from '../../errors/system-call.js';
import {keepAt} from '../../inspect/handle/keep.js';
import {typeOfDescriptor} from '../../inspect/handle/open-directly.js';
import {SOCK_STREAM} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import type {Failure} from './launch-events.js';

/** The file on which each namespace is kept. */
export type NamespaceFiles = ReadonlyMap<NamespaceType, string>;

/** Receives descriptors of namespaces from an nsinit, which waits until they are kept. */
export class Keeper {
  /** The socket of nsinit. */
  readonly theirs: number;
  readonly #ours: number;
  readonly #files: NamespaceFiles;
  readonly #kept: {path: string; isMade: boolean}[] = [];
  #isStarted = false;

  /** @throws NamespaceError EMFILE, ENFILE */
  constructor(files: NamespaceFiles) {
    const pair = objectOf(native().unixSocketPair(SOCK_STREAM), {syscall: 'socketpair', step: 'persist'});
    [this.#ours, this.theirs] = pair;
    this.#files = files;
  }

  /** The nsinit exists. It has a socket of its own now, and `end` will be called. */
  start(): void {
    this.#isStarted = true;
  }

  /** To be called after an nsinit was launched, or was not. */
  close(): void {
    native().close(this.theirs);
    if (!this.#isStarted) native().close(this.#ours);
  }

  /** Keeps what nsinit has sent. Returns what has failed. */
  keep(): Failure | undefined {
    const received = native().receiveNamespaces(this.#ours);
    if (typeof received === 'number') return failed({errno: received, syscall: 'recvmsg'});
    try {
      for (const fd of received) {
        const type = typeOfDescriptor(fd)!;
        const path = this.#files.get(type);
        // nsinit has not been in the hands of anything else yet, and sends what it was asked for.
        if (path === undefined) continue;
        this.#kept.push({path, isMade: keepAt(fd, type, path)});
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof NamespaceError)) throw error;
      return failed(error);
    } finally {
      for (const fd of received) native().close(fd);
    }
  }

  /**
   * The command has started, or never will.
   * @param isOver - whether it has not started, so that nothing is to stay
   */
  end(isOver: boolean): void {
    native().close(this.#ours);
    if (!isOver) return;
    for (const {path, isMade} of this.#kept) {
      // Whoever has unmounted it meanwhile has done this already.
      if (native().unmount(path) >= 0 && isMade) unlinkSync(path);
    }
  }
}

function failed(of: {errno: number; syscall?: string; path?: string}): Failure {
  const {errno, syscall, path} = own(of);
  const operation = native().protocol.nodeSteps.KEEP!;
  return {stage: 'NODE', operation, errno, syscall, path};
}
