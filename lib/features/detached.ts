// The option `detached`, as far as it is about nsinit. For the command it is part of the feature `session`.
import {setupFeature} from './feature.js';
import type {SessionOptions} from './session.js';

export const detached = setupFeature<Pick<SessionOptions, 'detached'>>({
  title: 'Session of a detached nsinit',
  examples: {detached: true},
  write(operations, _, base) {
    // nsinit would forward the signals that a terminal sends to the caller's process group. The session also makes `-pid` a group.
    if (base.detached) operations.add({step: 'detached'}, 'SESSION');
  },
});
