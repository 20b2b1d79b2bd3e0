// The propagation of mounts to and from a new mount namespace. There is no option for this yet.

import {MS_PRIVATE} from '../shared/kernel.js';
import {setupFeature} from './feature.js';
import {mountRefused} from './mount-refused.js';

export const propagation = setupFeature({
  title: 'Propagation of mounts',
  examples: {},
  write(operations, _, {namespaces}) {
    // Otherwise, if the mounts of the host are shared, mounts inside would appear outside.
    if (namespaces.has('mnt')) operations.add({step: 'namespaces', path: '/'}, 'PROPAGATION', [MS_PRIVATE]);
  },
  causes: mountRefused('namespaces'),
});
