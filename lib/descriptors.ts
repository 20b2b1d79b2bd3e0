// Descriptors that the addon has made. It closes at a Worker's end those that are still open then, so each is closed by the addon, or
// given to a stream here: fs.closeSync would leave a number that is another file's by then.
import {native} from './native.js';

/**
 * Makes streams of descriptors, which belong to the streams from then on; where `make` throws, those that have become a stream do.
 */
export function adopt<T>(descriptors: readonly number[], make: () => T): T {
  return native().adopt(make, ...descriptors);
}
