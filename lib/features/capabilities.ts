// The option `capabilities`: which capabilities a command has.
import {invalidArgValue} from '../shared/argument-errors.js';
import {isGiven} from '../shared/validate.js';
import {commandFeature, setupFeature} from './feature.js';

export interface CapabilitiesOptions {
  /**
   * 'all': commands have all capabilities that nsinit has in their user namespace, whoever they are, and pass them on to what they execute
   * (as ambient capabilities), as with `unshare --keep-caps`. Default: those that the kernel gives to a command, which are all for user 0,
   * and none for other users. capabilities(7)
   */
  capabilities?: 'all' | undefined;
}

export const capabilities = setupFeature<CapabilitiesOptions, true>({
  title: 'Capabilities',
  examples: {capabilities: 'all'},
  resolve: ({capabilities: option}) => {
    if (!isGiven(option)) return undefined;
    if (option === 'all') return true;
    throw invalidArgValue('options.capabilities', option, "must be 'all'");
  },
  write(operations, isKept, {namespaces}) {
    // A command with capabilities could otherwise trace nsinit.
    if (isKept && namespaces.has('user')) operations.setFlag('HAS_ROOT');
  },
});

/** Before the ids of the command change. */
export const keptCapabilities = commandFeature({
  title: 'Capabilities over a change of ids',
  examples: {},
  write(operations, _, {setup}) {
    if (setup.settings.of(capabilities)) operations.add({step: 'capabilities'}, 'KEEP_CAPABILITIES');
  },
});

/** After all that needs them, and after the ids, whose change clears the ambient ones. */
export const inheritedCapabilities = commandFeature({
  title: 'Capabilities of the command',
  examples: {},
  write(operations, _, {setup}) {
    if (setup.settings.of(capabilities)) operations.add({step: 'capabilities'}, 'CAPABILITIES', [1]);
    // nsinit has kept its capabilities in the new user namespace as ambient ones over its exec. The command must not inherit them.
    else if (setup.namespaces.has('user')) operations.add({step: 'namespaces'}, 'CAPABILITIES');
  },
});
