// A command in a warm sandbox, spawn to exit, and how long the event loop is held, beside child_process.spawn in one run.
// usage: node bench/sandbox.mjs [ROUNDS]
import {spawn} from 'node:child_process';
import process from 'node:process';
import {createSandbox} from 'namespawn';
import {buildTrue, measure} from './measure.mjs';

const rounds = Number(process.argv[2] ?? 500);
const command = buildTrue();
const sandbox = await createSandbox();
const {plain, warm} = await measure(
  {
    plain: () => spawn(command, {stdio: 'ignore'}),
    warm: () => sandbox.spawn(command, {stdio: 'ignore'}),
  },
  rounds,
);
await sandbox.close();
console.log(`Medians of ${rounds}, in microseconds`);
console.table({
  'child_process.spawn': {'spawn to exit': Math.round(plain.exit), 'loop held': Math.round(plain.stall)},
  'sandbox.spawn': {'spawn to exit': Math.round(warm.exit), 'loop held': Math.round(warm.stall)},
  ratio: {
    'spawn to exit': (warm.exit / plain.exit).toFixed(2),
    'loop held': (warm.stall / plain.stall).toFixed(3),
  },
});
