// Compares the translation of a PID with reading /proc/PID/status in JavaScript. All candidates run in one process and in turns, so that
// changes of the machine's speed affect all of them. Run: node bench/translate.mjs
// Compares the listings with lsns: node bench/translate.mjs --listing [processes]
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {
  getNamespacePids,
  listNamespaces,
  listProcesses,
  PidTranslator,
  toNamespacePid,
  translationMethod,
} from 'namespawn';

const median = numbers => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Rounds of each in turn; the median and the best of nanoseconds a call. */
function compare(candidates, rounds) {
  const times = Object.fromEntries(Object.keys(candidates).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, {count, run}] of Object.entries(candidates)) {
      const start = process.hrtime.bigint();
      run();
      times[name].push(Number(process.hrtime.bigint() - start) / count);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, [median(all), Math.min(...all)]]));
}

function report(title, times, unit, digits) {
  console.log(`${title}\n  median    best`);
  const cell = time => (time / unit).toFixed(digits).padStart(8);
  for (const [name, both] of Object.entries(times)) console.log(`${both.map(cell).join('')}  ${name}`);
}

if (process.argv[2] === '--listing') await listing(Number(process.argv[3] ?? 1000));
else await translation();

async function translation() {
  const rootless = process.geteuid() === 0 ? [] : ['--user', '--map-root-user'];
  const child = spawn('unshare', [...rootless, '--pid', '--fork', '--kill-child', 'sh', '-c', 'echo; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const [resident] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').map(Number);
  const translator = new PidTranslator({to: resident});
  const between = new PidTranslator({from: resident, to: resident});
  const pids = new Int32Array(10_000).fill(resident);
  const results = new Int32Array(pids.length);
  const many = (count, once) => ({
    count,
    run() {
      for (let index = 0; index < count; index++) once();
    },
  });
  const times = compare(
    {
      'process.ppid (getppid), for scale': many(10_000, () => process.ppid),
      'translator.translate': many(10_000, () => translator.translate(resident)),
      'translator.translateBack': many(10_000, () => translator.translateBack(1)),
      'translator.translate, neither end here': many(10_000, () => between.translate(1)),
      'translator.translateAll of 10,000': {
        count: pids.length,
        run: () => translator.translateAll(pids, results),
      },
      'toNamespacePid, nothing kept': many(1000, () => toNamespacePid(resident, resident)),
      getNamespacePids: many(1000, () => getNamespacePids(resident)),
      '/proc/PID/status read and parsed in JavaScript': many(1000, () =>
        /^NSpid:\s*(.*)$/m
          .exec(readFileSync(`/proc/${resident}/status`, 'utf8'))[1]
          .split(/\s+/)
          .map(Number),
      ),
    },
    51,
  );
  report(`nanoseconds a call, 51 rounds in turns, method ${translationMethod()}`, times, 1, 0);
  translator.close();
  between.close();
  process.kill(resident, 'SIGKILL');
  await once(child, 'exit');
}

async function listing(count) {
  const sleeps = Array.from({length: count}, () => spawn('sleep', ['600'], {stdio: 'ignore'}));
  const times = compare(
    {
      'listNamespaces()': {count: 1, run: () => listNamespaces()},
      'listProcesses()': {count: 1, run: () => listProcesses()},
      'lsns, spawned': {count: 1, run: () => execFileSync('lsns')},
      'lsns --json --output-all, spawned': {
        count: 1,
        run: () => execFileSync('lsns', ['--json', '--output-all']),
      },
      'ps -e -o pid,pidns,netns,args, spawned': {
        count: 1,
        run: () => execFileSync('ps', ['-e', '-o', 'pid,pidns,netns,args']),
      },
    },
    11,
  );
  report(`milliseconds, 11 rounds in turns, ${listProcesses().length} processes`, times, 1e6, 1);
  for (const sleep of sleeps) sleep.kill('SIGKILL');
  await Promise.all(sleeps.map(sleep => once(sleep, 'exit')));
}
