// The capabilities that a command inherits: none. It has no option yet.
import {commandFeature} from './feature.js';

export const inheritedCapabilities = commandFeature({
  title: 'Capabilities of the command',
  examples: {},
  write(operations, _, {setup}) {
    // Ambient capabilities carried nsinit over its exec in the new user namespace. They are not meant for the command.
    if (setup.namespaces.has('user')) operations.add({step: 'namespaces'}, 'CAPABILITIES');
  },
});
