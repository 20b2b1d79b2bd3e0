// For what has no event to wait for: a process that is gone, a descriptor that is closed.
import {setTimeout as delay} from 'node:timers/promises';
import {patient} from './time.js';

/**
 * Calls a function until it no longer throws, and answers what it answers.
 * @param milliseconds - after how many it throws on
 */
export async function eventually<T>(check: () => T, milliseconds = 10_000): Promise<T> {
  const end = performance.now() + patient(milliseconds);
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(5);
    }
  }
}
