// Measures the memory of an init while it waits: of nsinit, for a command and for a sandbox, and of tini, dumb-init and catatonit.
// usage: node bench/init-memory.mjs
// RSS counts every page. PSS divides shared pages by the number of processes that map them, for example the pages of nsinit's file.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {createSandbox, spawnInNamespace} from 'namespawn';

/** The sums of /proc/PID/smaps_rollup in KB, to the page. */
function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = name => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]);
  return {'RSS KB': kb('Rss'), 'PSS KB': kb('Pss'), 'private KB': kb('Private_Clean') + kb('Private_Dirty')};
}

// Debian has a package of each.
const others = {
  tini: ['tini', '-s', '--'],
  'dumb-init': ['dumb-init', '--'],
  catatonit: ['catatonit', '--'],
};
const command = ['sleep', '1000'];
const results = {};

const child = spawnInNamespace(command[0], command.slice(1), {stdio: 'ignore'});
await once(child, 'spawn');
results['nsinit, with a command'] = memoryOf(child.pid);

const sandbox = await createSandbox();
results['nsinit, a new sandbox'] = memoryOf(sandbox.pid);
for (let count = 0; count < 100; count++) await sandbox.run('true', {stdio: 'ignore'});
results['nsinit, after 100 commands'] = memoryOf(sandbox.pid);

for (const [name, [file, ...flags]] of Object.entries(others)) {
  if (spawnSync(file, ['--version']).error !== undefined) {
    console.log(`${name} is not installed`);
    continue;
  }
  const init = spawn(file, [...flags, ...command], {stdio: ['ignore', 'ignore', 'inherit']});
  await once(init, 'spawn');
  // The init waits only once it has executed its command.
  while (readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8') === '') await new Promise(setImmediate);
  await new Promise(resolve => setTimeout(resolve, 100));
  results[name] = memoryOf(init.pid);
  init.kill('SIGTERM');
}

console.table(results);
child.killAll();
await sandbox.close();
const rss = Math.max(...Object.entries(results).map(([name, memory]) => (/^nsinit/.test(name) ? memory['RSS KB'] : 0)));
console.log(`nsinit: ${rss} KB of RSS at most; the aim is 64`);
process.exitCode = rss <= 64 ? 0 : 1;
