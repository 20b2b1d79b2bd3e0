// How mounts propagate to and from a new mount namespace. It has no option yet.

import {native} from '../shared/native.js';
import {setupFeature} from './feature.js';
import {mountRefused} from './mount-refused.js';

export const propagation = setupFeature({
  title: 'Propagation of mounts',
  examples: {},
  write(operations, _, {namespaces}) {
    // Otherwise mounts made inside would appear outside, where the mounts of the host are shared.
    const {MS_PRIVATE} = native().internalConstants;
    if (namespaces.has('mnt')) operations.add({step: 'namespaces', path: '/'}, 'PROPAGATION', [MS_PRIVATE!]);
  },
  causes: mountRefused('namespaces'),
});
