// Compares this checkout with another one in one run: the time from spawn to exit, and how long the event loop is blocked. The rows of both
// take turns, so that a disturbance of the machine affects both.
// usage: node bench/compare.mjs OTHER_CHECKOUT [ROUNDS]    (the other checkout is built: npm run compile)
import {spawn} from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import {pathToFileURL} from 'node:url';
import {buildTrue, measure} from './measure.mjs';

const other = process.argv[2];
if (other === undefined) {
  console.error('usage: node bench/compare.mjs OTHER_CHECKOUT [ROUNDS]');
  process.exit(2);
}
const rounds = Number(process.argv[3] ?? 1000);
const command = buildTrue();
const stdio = 'ignore';
const ours = await import('namespawn');
const theirs = await import(pathToFileURL(path.resolve(other, 'dist/index.js')).href);
const all = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const sandboxes = await Promise.all([theirs.createSandbox(), ours.createSandbox()]);

const spawns = {
  defaults: (library, options) => library.spawnInNamespace(command, options),
  'user namespace': (library, options) =>
    library.spawnInNamespace(command, {...options, namespaces: ['pid', 'mnt', 'user']}),
  'all eight': (library, options) => library.spawnInNamespace(command, {...options, namespaces: all}),
  sandbox: (library, options) => sandboxes[library === ours ? 1 : 0].spawn(command, options),
};
const variants = {'child_process.spawn': () => spawn(command, {stdio})};
for (const [name, start] of Object.entries(spawns)) {
  variants[`${name}, there`] = () => start(theirs, {stdio});
  variants[`${name}, here`] = () => start(ours, {stdio});
}
const results = await measure(variants, rounds);
const plain = results['child_process.spawn'];
const row = ({exit, stall}) => ({
  'spawn to exit': Math.round(exit),
  ratio: (exit / plain.exit).toFixed(3),
  'loop held': Math.round(stall),
  'its ratio': (stall / plain.stall).toFixed(3),
});
console.log(`Medians of ${rounds}, in microseconds, and as ratios to child_process.spawn`);
console.table(Object.fromEntries(Object.entries(results).map(([name, result]) => [name, row(result)])));
for (const name of Object.keys(spawns)) {
  const [there, here] = [results[`${name}, there`], results[`${name}, here`]];
  const [exit, stall] = [here.exit / there.exit, here.stall / there.stall].map(ratio => ratio.toFixed(2));
  console.log(`${name}: ${exit} of the time there, ${stall} of the stall`);
}
await Promise.all(sandboxes.map(sandbox => sandbox.close()));
