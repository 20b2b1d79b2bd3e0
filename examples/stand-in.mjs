// Replaces spawn and fork of child_process by those of namespawn in every other package, without changing the packages:
//   node --import ./examples/stand-in.mjs examples/execa.mjs
import childProcess from 'node:child_process';
import {syncBuiltinESMExports} from 'node:module';
import {forkInNamespace, spawnInNamespace} from 'namespawn';

const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);

// Packages pass on options of their own, which child_process ignores and namespawn refuses.
const ignoringUnknown = start => (command, args, options) => {
  if (isObject(args)) [args, options] = [[], args];
  return start(command, args, isObject(options) ? {...options, ignoredOptions: Object.keys(options)} : options);
};

childProcess.spawn = ignoringUnknown(spawnInNamespace);
childProcess.fork = ignoringUnknown(forkInNamespace);
syncBuiltinESMExports();
