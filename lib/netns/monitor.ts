// Reports names of network namespaces as they come and go, as `ip netns monitor` does.
import {mkdirSync} from 'node:fs';
import {resultOf} from '../errors/system-call.js';
import {fsStep} from '../inspect/handle/keep.js';
import {closeWatched, connect, onWatched} from '../shared/events.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {LoopReference} from '../shared/loop-reference.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {directory} from './names.js';
import type {MonitorNetnsOptions, NetnsEvent} from './types.js';

const monitorOptions = new KnownOptions(namesOf<MonitorNetnsOptions>({signal: true}));

export function monitor(options?: MonitorNetnsOptions): AsyncIterableIterator<NetnsEvent> {
  const {signal} = monitorOptions.read(options);
  signal?.throwIfAborted();
  const watch = new Watch();
  const abort = (): void => watch.fail(signal?.reason);
  signal?.addEventListener('abort', abort);
  return {
    next: () => watch.next(),
    async return() {
      signal?.removeEventListener('abort', abort);
      watch.close();
      return {done: true, value: undefined};
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Waiting {
  resolve(result: IteratorResult<NetnsEvent>): void;
  reject(reason: unknown): void;
}

class Watch {
  readonly #id: number;
  readonly #reference = new LoopReference();
  readonly #events: NetnsEvent[] = [];
  readonly #waiting: Waiting[] = [];
  #isOpen = true;
  #failure: {reason: unknown} | undefined;

  constructor() {
    connect();
    fsStep('netns', () => mkdirSync(directory, own({recursive: true, mode: 0o755})));
    const answer = native().watchDirectory(directory);
    this.#id = resultOf(answer, {syscall: 'inotify_add_watch', path: directory, step: 'netns'});
    onWatched(this.#id, () => this.#read());
    this.#reference.hold();
  }

  next(): Promise<IteratorResult<NetnsEvent>> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({done: false, value: event});
    if (this.#failure !== undefined) {
      const {reason} = this.#failure;
      this.#failure = undefined;
      return Promise.reject(reason);
    }
    if (!this.#isOpen) return Promise.resolve({done: true, value: undefined});
    return new Promise((resolve, reject) => this.#waiting.push({resolve, reject}));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeWatched(this.#id);
    this.#reference.release();
    for (const {resolve} of this.#waiting.splice(0)) resolve({done: true, value: undefined});
  }

  /** The one that waits, or else the next, is rejected. */
  fail(reason: unknown): void {
    if (!this.#isOpen) return;
    const first = this.#waiting.shift();
    if (first === undefined) this.#failure = {reason};
    else first.reject(reason);
    this.close();
  }

  #read(): void {
    for (const text of native().readDirectoryEvents(this.#id)) {
      // The kernel has dropped events, because more than max_queued_events were not read.
      if (text === '') {
        this.fail(new Error('events of /run/netns are lost: fs.inotify.max_queued_events'));
        return;
      }
      const event: NetnsEvent = {event: text.startsWith('+') ? 'add' : 'delete', name: text.slice(1)};
      const first = this.#waiting.shift();
      if (first === undefined) this.#events.push(event);
      else first.resolve({done: false, value: event});
    }
  }
}
