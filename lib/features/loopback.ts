// The option `loopback`.
import {needsOwner} from '../shared/hint.js';
import {flagOr} from '../shared/validate.js';
import {setupFeature} from './feature.js';

export interface LoopbackOptions {
  /** Whether the loopback interface of a new net namespace is set up. It needs 'net' among the namespaces. Default: true. netdevice(7) */
  loopback?: boolean | undefined;
}

export const loopback = setupFeature<LoopbackOptions, boolean>({
  title: 'Loopback interface',
  needs: 'net',
  examples: {loopback: false},
  resolve: (options, {namespaces}) => namespaces.has('net') && flagOr(true, options.loopback, 'options.loopback'),
  write(operations, value) {
    if (value) operations.add({step: 'loopback'}, 'LOOPBACK');
  },
  causes: [needsOwner('loopback')],
});
