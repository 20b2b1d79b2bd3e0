// Puts spawnInNamespace where packages call child_process.spawn, without a change in them:
//   node --import ./examples/stand-in.mjs examples/execa.mjs
import {register} from 'node:module';

register('./stand-in/hooks.mjs', import.meta.url);
