// The share of one thread in a round of the soak. workerData or the arguments are {spawns, commands, done}; `done` counts those that have ended.
import {createSandbox, spawnInNamespace} from '../../dist/index.js';

/** How many commands a thread runs at the same time. */
const WIDTH = 6;
const ignored = {stdio: 'ignore'};

/** The kinds of commands, each with its expected end. Common kinds are used often, and expensive ones rarely. */
const spawns = [
  () => ended(spawnInNamespace('true', ignored), 0),
  () => ended(spawnInNamespace('true'), 0),
  () => ended(spawnInNamespace('sh', ['-c', 'setsid sleep 1000 & exit 7'], ignored), 7),
  () => ended(spawnInNamespace('true', {...ignored, init: false}), 0),
  () => ended(spawnInNamespace('true', ignored), 0),
  () => ended(spawnInNamespace('sh', ['-c', 'setsid sleep 1000 & exit 8'], {...ignored, namespaces: ['uts']}), 8),
  () => ended(spawnInNamespace('/no/such', ignored), -2),
  () => ended(spawnInNamespace('true', {...ignored, uidMap: 'root', namespaces: ['pid', 'mnt', 'user', 'uts']}), 0),
  () => ended(killed(spawnInNamespace('sleep', ['1000'], ignored)), null),
  () => ended(spawnInNamespace('true', {pty: true}), 0),
];

const commands = [
  sandbox => ended(sandbox.spawn('true', ignored), 0),
  async sandbox => {
    const {exitCode} = await sandbox.run('sh', ['-c', 'exit 9'], {...ignored, reject: false});
    if (exitCode !== 9) throw new Error(`a command of a sandbox ended with ${exitCode} instead of 9`);
  },
  sandbox => ended(sandbox.spawn('true'), 0),
  sandbox => ended(sandbox.spawn('/no/such', ignored), -2),
  sandbox => ended(sandbox.spawn('sh', ['-c', 'setsid sleep 0.01 & exit'], ignored), 0),
];

async function ended(child, expected) {
  child.on('error', () => {});
  child.stdout?.resume();
  child.stderr?.resume();
  child.pty?.resume();
  // once() is not used, because it rejects if 'error' is emitted.
  const code = await new Promise(resolve => child.on('close', resolve));
  if (code !== expected) throw new Error(`${child.spawnargs.join(' ')} ended with ${code} instead of ${expected}`);
}

function killed(child) {
  child.once('spawn', () => child.killAll());
  return child;
}

async function times(count, width, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({length: Math.min(width, count)}, worker));
}

/** @param done - an Int32Array of shared memory: the spawns and the commands that have ended */
export async function share({spawns: spawnCount, commands: commandCount, done}) {
  const sandboxes = [await createSandbox(), await createSandbox({namespaces: ['uts']})];
  await Promise.all([
    times(spawnCount, WIDTH, async index => {
      await spawns[index % spawns.length]();
      Atomics.add(done, 0, 1);
    }),
    times(commandCount, WIDTH, async index => {
      // Most of the sandboxes are of the most common kind.
      await commands[index % commands.length](sandboxes[index % 4 === 3 ? 1 : 0]);
      Atomics.add(done, 1, 1);
    }),
  ]);
  await Promise.all(sandboxes.map(sandbox => sandbox.close()));
}
