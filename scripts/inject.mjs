// Makes each system call of a launch fail, with each errno that its manual page lists, and checks the result:
// npm run inject -- [--sample] [--seed 1] [--jobs 2] [--scenario NAME] [--role ROLE] [--call NAME] [--errno NAME] [--mode once|forever]
// docs/testing.md says what is asserted. Needs root, or a machine that lets users trace their own processes.
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {judge} from './inject/judge.mjs';
import {describeFault, faultsOf} from './inject/plan.mjs';
import {sampled} from './inject/sample.mjs';
import {scenarios} from './inject/scenarios.mjs';
import {Tracer} from './inject/tracer.mjs';

const {values} = parseArgs({
  options: {
    sample: {type: 'boolean', default: false},
    seed: {type: 'string', default: '1'},
    jobs: {type: 'string', default: '2'},
    scenario: {type: 'string'},
    role: {type: 'string'},
    call: {type: 'string'},
    errno: {type: 'string'},
    mode: {type: 'string'},
    verbose: {type: 'boolean', default: false},
  },
});
process.chdir(new URL('..', import.meta.url).pathname);

function compile(name, ...options) {
  execFileSync(process.env.CC ?? 'cc', [
    '-std=gnu11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Wpedantic',
    '-Werror',
    '-o',
    `.cache/inject/${name}`,
    ...options,
  ]);
}
mkdirSync('.cache/inject', {recursive: true});
compile('command', '-static', 'scripts/inject/command.c');
compile('tracer', ...['tracer', 'tasks', 'calls'].map(name => `scripts/inject/${name}.c`));

// ---- The faults

const undisturbed = 3;

/** Returns the faults of a scenario, and its result without a fault. */
async function look(scenario) {
  const times = [];
  let expected;
  for (let tracer; times.length < undisturbed; ) {
    tracer ??= new Tracer(scenario);
    const result = await tracer.next('record');
    if (result?.seen === undefined) throw new Error(`${scenario}, undisturbed: ${JSON.stringify(result)}`);
    times.push(result.calls);
    expected ??= result;
    if (!scenarios[scenario].isFresh && times.length < undisturbed) continue;
    await tracer.end();
    tracer = undefined;
  }
  const {roles} = scenarios[scenario];
  const faults = faultsOf(scenario, times).filter(({role}) => roles?.includes(role) ?? true);
  return {expected, faults: faults.filter(isWanted)};
}

function isWanted({role, call, name, mode}) {
  const {role: wantedRole = role, call: wantedCall = call, errno = name, mode: wantedMode = mode} = values;
  return role === wantedRole && call === wantedCall && name === errno && mode === wantedMode;
}

// ---- The runs

const attemptsMax = 3;
const problems = [];
const counts = new Map();
const ignored = new Map();
let missed = 0;

function note(fault, result, expected) {
  const count = counts.get(fault.scenario) ?? {clean: 0, total: 0};
  counts.set(fault.scenario, count);
  if (result !== undefined && result.hits === 0) {
    // The number of calls of a thread depends on timing. The call may not have been reached this time.
    missed++;
    return;
  }
  count.total++;
  const {problem, isIgnored} = judge(fault, result, expected);
  if (isIgnored) {
    const site = `${fault.role} ${fault.call}`;
    ignored.set(site, (ignored.get(site) ?? new Set()).add(`${fault.first} ${fault.second}`));
  }
  if (problem === undefined) count.clean++;
  else {
    problems.push(fault);
    console.log(`${describeFault(fault)}\n  ${problem}`);
  }
  if (values.verbose && problem === undefined)
    console.log(`${describeFault(fault)}\n  well: ${result.error?.message ?? result.seen}`);
}

async function run({faults, expected, scenario}) {
  let tracer;
  for (const fault of faults) {
    let result;
    for (let attempt = 0; attempt < attemptsMax && (result === undefined || result.hits === 0); attempt++) {
      tracer ??= new Tracer(scenario);
      result = await tracer.next(fault.line);
      if (result === undefined || scenarios[scenario].isFresh || !result.goesOn) {
        await tracer.end();
        tracer = undefined;
      }
      if (result === undefined) break;
    }
    note(fault, result, expected);
  }
  await tracer?.end();
}

const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1000);
const chunk = 150;
const names = Object.keys(scenarios).filter(name => values.scenario === undefined || name === values.scenario);
const work = [];
let all = 0;
for (const scenario of names) {
  if (scenarios[scenario].needsRoot && process.getuid() !== 0) continue;
  const {expected, faults} = await look(scenario);
  const chosen = values.sample ? sampled(faults, Number(values.seed)) : faults;
  all += chosen.length;
  for (let i = 0; i < chosen.length; i += chunk) work.push({scenario, expected, faults: chosen.slice(i, i + chunk)});
}
console.log(`${all} faults in ${names.length} scenarios, ${values.jobs} at once`);

const left = new Map();
const times = new Map();
for (const {scenario} of work) left.set(scenario, (left.get(scenario) ?? 0) + 1);
async function worker() {
  for (let part = work.shift(); part !== undefined; part = work.shift()) {
    const {scenario} = part;
    const start = performance.now();
    await run(part);
    times.set(scenario, (times.get(scenario) ?? 0) + performance.now() - start);
    left.set(scenario, left.get(scenario) - 1);
    if (left.get(scenario) > 0) continue;
    const {clean, total} = counts.get(scenario);
    console.log(`${seconds()} s: ${scenario}: ${clean} of ${total} in ${Math.round(times.get(scenario) / 1000)} s`);
  }
}
const done = () => [...counts.values()].reduce((total, count) => total + count.total, 0);
const ticker = setInterval(() => console.log(`${seconds()} s: ${done()} of ${all}`), 30_000).unref();
await Promise.all(Array.from({length: Number(values.jobs)}, worker));
clearInterval(ticker);

const sum = name => [...counts.values()].reduce((total, count) => total + count[name], 0);
if (values.verbose)
  for (const [site, which] of ignored) console.log(`does not matter: ${site}: ${[...which].join(', ')}`);
if (missed > 0) console.log(`${missed} faults were not reached: their threads did without the call`);
console.log(`${sum('clean')} of ${sum('total')} faults in ${seconds()} s`);
if (problems.length > 0) process.exitCode = 1;
