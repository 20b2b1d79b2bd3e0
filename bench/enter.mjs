// Compares entering namespaces with spawning nsenter(1) and with a plain child_process.spawn: the time from spawn to exit, and how long the
// event loop is blocked.
// usage: node bench/enter.mjs [ROUNDS]
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import {createSandbox, namespacesOf, namespaceTypes, spawnInNamespace} from 'namespawn';
import {buildTrue, measure} from './measure.mjs';

const rounds = Number(process.argv[2] ?? 1000);
const command = buildTrue();
const stdio = 'ignore';
const target = spawnInNamespace('sleep', ['100000'], {namespaces: namespaceTypes, uidMap: 'root', stdio});
await once(target, 'spawn');
const handles = namespacesOf(target);
const byProcess = Object.fromEntries(namespaceTypes.map(type => [type, target]));
const sandbox = await createSandbox({namespaces: handles});

const variants = {
  'child_process.spawn': () => spawn(command, {stdio}),
  "spawn('nsenter')": () => spawn('nsenter', ['-t', `${target.hostPid}`, '-a', command], {stdio}),
  'eight handles': () => spawnInNamespace(command, {stdio, namespaces: handles}),
  'a process': () => spawnInNamespace(command, {stdio, namespaces: byProcess}),
  'a handle of net': () => spawnInNamespace(command, {stdio, namespaces: {user: handles.user, net: handles.net}}),
  'a sandbox that has entered': () => sandbox.spawn(command, {stdio}),
};
const results = await measure(variants, rounds);
const plain = results['child_process.spawn'];
const nsenter = results["spawn('nsenter')"];
console.log(`Medians of ${rounds}, in microseconds, and as ratios`);
console.table(
  Object.fromEntries(
    Object.entries(results).map(([name, {exit, stall}]) => [
      name,
      {
        'spawn to exit': Math.round(exit),
        'to child_process': (exit / plain.exit).toFixed(3),
        'to nsenter': (exit / nsenter.exit).toFixed(3),
        'loop held': Math.round(stall),
        'ratio to child_process': (stall / plain.stall).toFixed(3),
      },
    ]),
  ),
);

await sandbox.close();
target.killAll();
await once(target, 'close');
for (const handle of Object.values(handles)) handle.close();
const {exit} = results['eight handles'];
const ratios = {nsenter: exit / nsenter.exit, plain: exit / plain.exit};
console.log(
  `Entering: ${ratios.nsenter.toFixed(3)} of nsenter (the aim is 0.25), ${ratios.plain.toFixed(3)} of spawn (0.45)`,
);
process.exitCode = ratios.nsenter <= 0.25 && ratios.plain <= 0.45 ? 0 : 1;
