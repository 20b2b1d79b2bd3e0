// Runs all cases of a package, and prints what they observed as JSON: node run.js PACKAGE [namespawn]
// With 'namespawn', this library takes the place of spawn and fork of node:child_process before the package is loaded.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type Seen, textOf} from './case.js';
import {casesOf} from './packages.js';

const [, , name, engine, ...parts] = process.argv;
const standIn = new URL('../../../examples/stand-in.mjs', import.meta.url).href;
const flags = engine === 'namespawn' ? ['--import', standIn] : [];
if (engine === 'namespawn') await import(standIn);

const folder = mkdtempSync(path.join(tmpdir(), 'packages-'));
const limitMs = 30_000;
const seen: Seen[] = [];
process.on('uncaughtException', error => {
  process.stderr.write(`uncaught: ${error.stack}\n`);
});
try {
  for (const {name: title, run, difference} of await casesOf(name!, folder, flags)) {
    if (parts.length > 0 && !parts.some(part => title.includes(part))) continue;
    if (seen.some(({name}) => name === title)) throw new Error(`two cases have the name ${title}`);
    const late = deferred<string>();
    const timer = setTimeout(() => late.resolve('never ends'), limitMs);
    const result = await Promise.race([
      Promise.resolve()
        .then(run)
        .catch(error => `rejects: ${error}`),
      late.promise,
    ]);
    clearTimeout(timer);
    seen.push({name: title, observed: textOf(result).replaceAll(folder, 'FOLDER'), difference});
  }
} finally {
  rmSync(folder, {recursive: true});
}
process.stdout.write(JSON.stringify(seen), () => process.exit());

function deferred<T>(): {promise: Promise<T>; resolve: (value: T) => void} {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return {promise, resolve};
}
