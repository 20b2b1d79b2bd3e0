// Replaces spawn and fork of child_process by those of namespawn in every other package, without changing the packages:
//   node --import ./examples/stand-in.mjs examples/execa.mjs
import childProcess from 'node:child_process';
import {syncBuiltinESMExports} from 'node:module';
import {forkInNamespace, spawnInNamespace} from 'namespawn';

childProcess.spawn = spawnInNamespace;
childProcess.fork = forkInNamespace;
syncBuiltinESMExports();
