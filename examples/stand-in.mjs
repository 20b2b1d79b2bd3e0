// Replaces child_process.spawn by spawnInNamespace in other packages, without changing them:
//   node --import ./examples/stand-in.mjs examples/execa.mjs
import {register} from 'node:module';

register('./stand-in/hooks.mjs', import.meta.url);
