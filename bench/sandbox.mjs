// Compares a command in an existing sandbox with child_process.spawn: the time from spawn to exit, and how long the event loop is blocked.
// Then it measures as many commands at a time as a server may have.
// usage: node bench/sandbox.mjs [ROUNDS]
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import {createSandbox, spawnInNamespace} from 'namespawn';
import {buildTrue, measure} from './measure.mjs';

const rounds = Number(process.argv[2] ?? 1000);
const command = buildTrue();
const stdio = 'ignore';
const sandbox = await createSandbox();

const variants = {
  'child_process.spawn': () => spawn(command, {stdio}),
  'sandbox.spawn': () => sandbox.spawn(command, {stdio}),
  spawnInNamespace: () => spawnInNamespace(command, {stdio}),
};
const results = await measure(variants, rounds);
const plain = results['child_process.spawn'];
const ratios = ({exit, stall}) => ({exit: exit / plain.exit, stall: stall / plain.stall});
console.log(`Medians of ${rounds}, in microseconds, and as ratios to child_process.spawn`);
console.table(
  Object.fromEntries(
    Object.entries(results).map(([name, result]) => [
      name,
      {
        'spawn to exit': Math.round(result.exit),
        ratio: ratios(result).exit.toFixed(3),
        'loop held': Math.round(result.stall),
        'ratio ': ratios(result).stall.toFixed(3),
      },
    ]),
  ),
);

async function manyAtOnce(start, count, width) {
  const begin = performance.now();
  let left = count;
  const line = async () => {
    while (left-- > 0) await once(start(), 'exit');
  };
  await Promise.all(Array.from({length: width}, line));
  return Math.round(count / ((performance.now() - begin) / 1000));
}

const width = 50;
console.log(`\n${width} at a time, in commands a second`);
for (const [name, start] of Object.entries(variants)) console.log(`${name}: ${await manyAtOnce(start, rounds, width)}`);

await sandbox.close();
const {exit, stall} = ratios(results['sandbox.spawn']);
console.log(
  `\nA warm sandbox: ${exit.toFixed(3)} of the time (the aim is 0.25), ${stall.toFixed(3)} of the stall (0.06)`,
);
process.exitCode = exit <= 0.25 && stall <= 0.06 ? 0 : 1;
