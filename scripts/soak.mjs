// Starts hundreds of thousands of commands, in new namespaces and in sandboxes, on the main thread and in Workers, and checks for leaks:
// npm run soak -- [--spawns 100000] [--commands 100000] [--workers 2] [--rounds 50]
// In each round every thread does its share. When the Workers have ended, Node's resources are counted. They must not be more than after
// the first tenth of the rounds.
import {once} from 'node:events';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {Worker} from 'node:worker_threads';
import {describe, settledCounts} from './soak/counts.mjs';
import {share} from './soak/share.mjs';

const {values} = parseArgs({
  options: {
    spawns: {type: 'string', default: '100000'},
    commands: {type: 'string', default: '100000'},
    workers: {type: 'string', default: '2'},
    rounds: {type: 'string', default: '50'},
  },
});
const [spawns, commands, workers, rounds] = ['spawns', 'commands', 'workers', 'rounds'].map(name =>
  Number(values[name]),
);
const threads = workers + 1;
const began = performance.now();
const done = new Int32Array(new SharedArrayBuffer(8));

function print(text) {
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${seconds} s: ${done[0]} spawns, ${done[1]} commands: ${text}`);
}

async function inWorker(part) {
  const worker = new Worker(new URL('soak/worker.mjs', import.meta.url), {workerData: part});
  const [code] = await once(worker, 'exit');
  if (code !== 0) throw new Error(`a Worker ended with ${code}`);
}

/** Divides without a remainder in the end: what is due by now, less what was done. */
const due = (total, round) => Math.floor((total * (round + 1)) / rounds) - Math.floor((total * round) / rounds);

async function work(round) {
  const parts = Array.from({length: threads}, (_, thread) => ({
    spawns: Math.ceil((due(spawns, round) - thread) / threads),
    commands: Math.ceil((due(commands, round) - thread) / threads),
    done,
  }));
  const ticker = setInterval(() => print(`${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`), 10_000);
  await Promise.all([share(parts[0]), ...parts.slice(1).map(inWorker)]);
  clearInterval(ticker);
}

const median = numbers => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
const faults = [];
const memory = [];
let first;
for (let round = 0; round < rounds; round++) {
  await work(round);
  const counts = await settledCounts(first);
  print(describe(counts));
  if (round + 1 < rounds / 10) continue;
  first ??= counts;
  memory.push(counts.rss);
  for (const name of ['fds', 'threads', 'children', 'zombies']) {
    if (counts[name] > first[name])
      faults.push(`round ${round + 1}: ${counts[name]} ${name} instead of ${first[name]}`);
  }
}

// Memory varies with Workers and the garbage collector, so thirds of the run are compared. 12 MB would be 60 bytes for each of 200,000
// commands.
const third = Math.ceil(memory.length / 3);
const [early, late] = [median(memory.slice(0, third)), median(memory.slice(-third))];
const grown = `RSS: ${early} MB in the first third, ${late} MB in the last`;
if (late - early > 12) faults.push(grown);
for (const fault of faults) console.log(fault);
console.log(
  `${done[0]} spawns and ${done[1]} commands in ${threads} threads; ${grown}: ${faults.length === 0 ? 'flat' : 'NOT flat'}`,
);
if (faults.length > 0) process.exitCode = 1;
