// A command inherits no capabilities. There is no option for this yet.
import {commandFeature} from './feature.js';

export const inheritedCapabilities = commandFeature({
  title: 'Capabilities of the command',
  examples: {},
  write(operations, _, {setup}) {
    // nsinit has kept its capabilities in the new user namespace as ambient ones over its exec. The command must not inherit them.
    if (setup.namespaces.has('user')) operations.add({step: 'namespaces'}, 'CAPABILITIES');
  },
});
