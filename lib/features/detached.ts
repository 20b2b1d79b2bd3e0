// The effect of the option `detached` on nsinit. Its effect on the command is part of the feature `session`.
import {setupFeature} from './feature.js';
import type {SessionOptions} from './session.js';

export const detached = setupFeature<Pick<SessionOptions, 'detached'>>({
  title: 'Session of a detached nsinit',
  examples: {detached: true},
  write(operations, _, base) {
    // Without its own session, nsinit would receive and forward the signals that a terminal sends to the caller's process group. The
    // session also makes nsinit the leader of a process group, so that `-pid` names one.
    if (base.detached) operations.add({step: 'detached'}, 'SESSION');
  },
});
