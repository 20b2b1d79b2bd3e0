// Descriptors that the addon has created. When a Worker ends, the addon closes those that are still open. So each must be closed by the
// addon, or be given to a stream by adopt(). After fs.closeSync the addon would later close another file with the same number.
import {native} from './native.js';

/**
 * Creates streams for descriptors. The descriptors belong to the streams from then on. If `make` throws, only those for which it has
 * already created a stream do.
 */
export function adopt<T>(descriptors: readonly number[], make: () => T): T {
  return native().adopt(make, ...descriptors);
}
