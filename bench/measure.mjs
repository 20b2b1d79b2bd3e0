// Functions that the benchmarks share: they build the command, measure spawns, and compute medians.
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {performance} from 'node:perf_hooks';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns a value that a tenth of the others is below: what something takes if nothing disturbs it. */
export function tenth(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 10)];
}

/** Builds the static `true` and returns its path. */
export function buildTrue() {
  const folder = path.join(root, '.cache/bench');
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, 'true');
  const source = fileURLToPath(new URL('true.c', import.meta.url));
  execFileSync('cc', ['-O2', '-static', '-nostdlib', '-ffreestanding', '-o', file, source]);
  return file;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const warmUp = 5;
const youngGeneration = 48 << 20;

/** Writes to every page in which new objects are created. */
function turnOverYoungGeneration() {
  let kept = 0;
  for (let size = 0; size < youngGeneration; size += 8 * 1024) kept += new Array(1024).fill(size).length;
  return kept;
}

/**
 * Runs the variants in turn, block by block, so that a disturbance of the machine affects all of them. Each block warms up first, because a
 * fork leaves Node's pages write-protected, including those of new objects, and the next variant would have to handle the page faults.
 * A variant starts a process and returns it. Its 'exit' ends the measurement.
 * @param summary - what is returned of the values of each variant. Default: the median
 * @returns medians in microseconds by variant: spawn to exit, and the time for which the event loop was blocked
 */
export async function measure(variants, rounds, {blocks = 5, summary = median} = {}) {
  const samples = Object.fromEntries(Object.keys(variants).map(name => [name, {exit: [], stall: []}]));
  for (let block = 0; block < blocks; block++) {
    for (const [name, start] of Object.entries(variants)) {
      turnOverYoungGeneration();
      for (let round = -warmUp; round < rounds / blocks; round++) {
        const sample = await measureOnce(start);
        if (round < 0) continue;
        samples[name].exit.push(sample.exit);
        samples[name].stall.push(sample.stall);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(samples).map(([name, {exit, stall}]) => [name, {exit: summary(exit), stall: summary(stall)}]),
  );
}

function measureOnce(start) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = start();
    const stall = (performance.now() - begin) * 1000;
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const exit = (performance.now() - begin) * 1000;
      // The end of the namespace is measured as part of its own round.
      const next = () => (code === 0 ? resolve({exit, stall}) : reject(new Error(`ended with ${code ?? signal}`)));
      child.once('close', () => setImmediate(next));
    });
  });
}
