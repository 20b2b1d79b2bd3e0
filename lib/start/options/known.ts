// The names of the options of what starts commands: those of the features, and those that belong to no feature.
import {optionsOf} from '../../features/feature.js';
import {command, setup} from '../../features/order.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import type {CommandFeatureOptions, ProcessOptions} from './spawn-options.js';

const processNames = [
  ...command.flatMap(optionsOf),
  ...namesOf<Omit<ProcessOptions, keyof CommandFeatureOptions>>({
    argv0: true,
    encoding: true,
    env: true,
    forceKillAfterDelay: true,
    ignoredOptions: true,
    killSignal: true,
    maxMessageSize: true,
    onSyscall: true,
    onSyscallTimeout: true,
    reportForbidden: true,
    serialization: true,
    shell: true,
    signal: true,
    timeout: true,
    windowsHide: true,
    windowsVerbatimArguments: true,
  }),
];
const setupNames = setup.flatMap(optionsOf);

/** The options of spawnInNamespace. */
export const spawnOptions = new KnownOptions([...processNames, ...setupNames], {of: 'spawnInNamespace()'});

/** The options of createNamespaces: those of the set-up that are not about a command. */
export const namespaceOptions = new KnownOptions(
  setupNames.filter(name => !['namespaces', 'join', 'init', 'detached', 'capabilities'].includes(name)),
  {elsewhere: () => 'must be left out: there is no command'},
);

/** The options of netns.exec: which namespaces the command is in follows from the name. */
export const execNetnsOptions = new KnownOptions(
  [...processNames, ...setupNames].filter(
    name => !['namespaces', 'join', 'uidMap', 'gidMap', 'setgroups'].includes(name),
  ),
  {elsewhere: () => 'must be left out: the name says which namespaces'},
);

/** The options of a sandbox's spawn. */
export const processOptions = new KnownOptions(processNames, {
  elsewhere: name => (setupNames.includes(name) ? 'belongs to createSandbox()' : undefined),
});
