// Measures the time from spawn to exit, and how long the event loop is blocked, and compares both with child_process.spawn, unshare(1) and
// bwrap(1), with a small heap and with 1 GB of resident heap. Then it measures how long after a SIGKILL of Node the last process of a
// namespace has ended.
// usage: node bench/spawn.mjs [ROUNDS]
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {spawnInNamespace} from 'namespawn';
import {buildTrue, measure, median} from './measure.mjs';

// Enough rounds for V8 to compile what it would compile in a service.
const rounds = Number(process.argv[2] ?? 1000);
const command = buildTrue();
const stdio = 'ignore';
const all = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const isRoot = process.getuid() === 0;
const unshareFlags = ['-pf', '--mount-proc', ...(isRoot ? [] : ['--map-current-user'])];

const variants = {
  'child_process.spawn': () => spawn(command, {stdio}),
  'spawnInNamespace, defaults': () => spawnInNamespace(command, {stdio}),
  'spawnInNamespace, user namespace': () => spawnInNamespace(command, {stdio, namespaces: ['pid', 'mnt', 'user']}),
  'spawnInNamespace, all eight': () => spawnInNamespace(command, {stdio, namespaces: all}),
  "spawn('unshare')": () => spawn('unshare', [...unshareFlags, command], {stdio}),
};
if (spawnSync('bwrap', ['--version']).error === undefined) {
  const flags = ['--unshare-pid', '--proc', '/proc', '--dev-bind', '/dev', '/dev', '--ro-bind', '/', '/'];
  // --ro-bind / / comes first: later mounts are made on it.
  flags.unshift(...flags.splice(-3));
  variants["spawn('bwrap')"] = () => spawn('bwrap', [...flags, command], {stdio});
}

async function table(title, rounds) {
  const results = await measure(variants, rounds);
  const plain = results['child_process.spawn'];
  console.log(`\n${title}: medians of ${rounds}, in microseconds, and as ratios to child_process.spawn`);
  console.table(
    Object.fromEntries(
      Object.entries(results).map(([name, {exit, stall}]) => [
        name,
        {
          'spawn to exit': Math.round(exit),
          ratio: (exit / plain.exit).toFixed(2),
          'loop held': Math.round(stall),
          'ratio ': (stall / plain.stall).toFixed(3),
        },
      ]),
    ),
  );
}

function fillHeap(bytes) {
  const chunk = 64 << 20;
  return Array.from({length: bytes / chunk}, () => Buffer.alloc(chunk, 1));
}

/** Milliseconds from the SIGKILL of a Node with a busy namespace to the end of its last process. */
async function timeToDie() {
  const script = fileURLToPath(new URL('dying-parent.mjs', import.meta.url));
  const parent = spawn(process.execPath, [script], {stdio: ['ignore', 'pipe', 'inherit']});
  const [line] = await once(parent.stdout, 'data');
  const pids = String(line).trim().split(' ').map(Number);
  const start = performance.now();
  parent.kill('SIGKILL');
  while (pids.some(isAlive)) await new Promise(setImmediate);
  return performance.now() - start;
}

// A zombie counts as ended: it only waits until the init of the machine reaps it.
function isAlive(pid) {
  try {
    const [, state] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

await table('Small heap', rounds);
const kept = fillHeap(1 << 30);
// A fork takes 25 ms and more here.
await table('1 GB resident', Math.ceil(rounds / 5));
console.log(`(${kept.length} buffers kept)`);

const times = [];
for (let round = 0; round < 20; round++) times.push(await timeToDie());
console.log(`\nNode killed by SIGKILL: the namespace is empty after ${median(times).toFixed(1)} ms (median of 20)`);
