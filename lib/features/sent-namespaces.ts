// nsinit sends descriptors of the namespaces that it has made, for createNamespaces() and
// `namespawn run --net=FILE`. It has no option.
import {setupFeature} from './feature.js';
import {cloneMask} from './namespaces.js';

export const sentNamespaces = setupFeature({
  title: 'Sending namespaces',
  examples: {},
  write(operations, _, {sends, awaitsKeeping}) {
    if (awaitsKeeping) operations.setFlag('AWAITS_KEEPING');
    if (sends.length > 0) operations.add({step: 'namespaces'}, 'SEND_NAMESPACES', [cloneMask(sends)]);
  },
});
