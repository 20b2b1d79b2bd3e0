// Waits for conditions that have no event: a process has ended, a descriptor is closed. The limit is long, since a Node with sanitizers needs
// more than ten seconds to end on a loaded machine, and a test that passes does not wait for it.
import {setTimeout as delay} from 'node:timers/promises';
import {patient} from './time.js';

/**
 * Calls a function until it no longer throws, and returns its result.
 * @param milliseconds - the time after which the error of the function is thrown
 */
export async function eventually<T>(check: () => T, milliseconds = 30_000): Promise<T> {
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
