// Runs all cases of a package, and prints what they observed as JSON: node run.js PACKAGE [namespawn]
// With 'namespawn', this library takes the place of spawn and fork of node:child_process before the package is loaded.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {textOf} from './case.js';
import {casesOf} from './packages.js';

const [, , name, engine, ...parts] = process.argv;
if (engine === 'namespawn') await import(new URL('../../../examples/stand-in.mjs', import.meta.url).href);

const folder = mkdtempSync(path.join(tmpdir(), 'packages-'));
const limitMs = 30_000;
const observed: Record<string, string> = {};
process.on('uncaughtException', error => {
  process.stderr.write(`uncaught: ${error.stack}\n`);
});
try {
  for (const {name: title, run} of await casesOf(name!, folder)) {
    if (parts.length > 0 && !parts.some(part => title.includes(part))) continue;
    const late = deferred<string>();
    const timer = setTimeout(() => late.resolve('never ends'), limitMs);
    const result = await Promise.race([
      Promise.resolve()
        .then(run)
        .catch(error => `rejects: ${error}`),
      late.promise,
    ]);
    clearTimeout(timer);
    observed[title] = textOf(result).replaceAll(folder, 'FOLDER');
  }
} finally {
  rmSync(folder, {recursive: true});
}
process.stdout.write(JSON.stringify(observed), () => process.exit());

function deferred<T>(): {promise: Promise<T>; resolve: (value: T) => void} {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return {promise, resolve};
}
