// Promises of an end that the kernel may refuse.
import type {EventEmitter} from 'node:events';

/** Promises that are fulfilled at an event, and rejected if the kernel refuses every way to end what they wait for. */
export class EndPromises {
  readonly #emitter: EventEmitter;
  readonly #event: string;
  readonly #rejections = new Set<(error: Error) => void>();

  constructor(emitter: EventEmitter, event: string) {
    this.#emitter = emitter;
    this.#event = event;
  }

  /** Returns a promise that is fulfilled when the event is emitted next. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#rejections.add(reject);
      this.#emitter.once(this.#event, () => {
        this.#rejections.delete(reject);
        resolve();
      });
    });
  }

  /**
   * Rejects the pending promises.
   * @returns whether there was one
   */
  reject(error: Error): boolean {
    const rejections = [...this.#rejections];
    this.#rejections.clear();
    for (const reject of rejections) reject(error);
    return rejections.length > 0;
  }
}
