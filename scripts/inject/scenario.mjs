// scenario.mjs NAME: runs one scenario repeatedly, as long as the tracer has a fault for it. It prints the result of each run as a line of
// JSON. Without a tracer: scenario.mjs NAME --once.
import {writeSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {spawnInNamespace} from '../../dist/index.js';
import {native} from '../../dist/shared/native.js';
import {grown, held} from './left.mjs';
import {scenarios} from './scenarios.mjs';

const marker = {begin: 0, in: 1, out: 2, end: 3};
// The time in milliseconds that a scenario may take if a call fails, and that its remains may take to end.
const patienceMs = 5000;

/** Reports a place of the program to the tracer. Returns the name of the errno that the tracer returns, or undefined. */
function pass(place) {
  try {
    process.kill(0x7fff0000 + place, 0);
    return undefined;
  } catch ({code}) {
    return code;
  }
}

function call(work) {
  pass(marker.in);
  try {
    return work();
  } finally {
    pass(marker.out);
  }
}

const {isFresh = false, run} = scenarios[process.argv[2]];
let uncaught = [];
process.on('uncaughtException', error => uncaught.push(String(error.stack)));
process.on('unhandledRejection', error => uncaught.push(`unhandled: ${String(error?.stack)}`));

/** Launches a command without a fault. This refills the prepared channels, and shows that launches work. */
function plain(options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawnInNamespace('/bin/true', [], {stdio: 'ignore', ...options});
    child.on('error', reject);
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`/bin/true has ended with ${code}`))));
  });
}

function describe(error) {
  const {name, message, code, errno, syscall, step, stack} = error ?? {};
  return {name, message: message ?? String(error), code, errno, syscall, step, stack: stack?.split('\n')[1]};
}

/** Runs the scenario and returns its outcome: {seen}, {error} or {isOver: false}. */
async function attempt() {
  const over = new AbortController();
  const late = delay(patienceMs, {isOver: false}, {signal: over.signal}).catch(() => {});
  const work = Promise.resolve(run({call})).then(
    seen => ({seen}),
    error => ({error: describe(error)}),
  );
  const outcome = await Promise.race([work, late]);
  over.abort();
  return outcome;
}

/** Returns what is left after some time. */
async function left(before) {
  let found = [];
  for (const end = performance.now() + patienceMs; performance.now() < end; await delay(5)) {
    found = pass(marker.end) === 'EAGAIN' ? ['a process'] : grown(before, held());
    if (found.length === 0) break;
  }
  return found;
}

// Loading the addon is not part of a launch.
native();
// The reactor thread starts in this call, and is traced from then on.
if (!isFresh) {
  await call(plain);
  // With each of nsinit's images, and as often as there are prepared channels.
  for (let i = 0; i < 4; i++) await plain({uidMap: 'root'});
  await attempt();
}
let before = held();

/** Returns whether launches still work: 'ok', or the error. */
async function whetherWell() {
  for (let i = 0; pass(marker.end) === 'EAGAIN' && i < 1000; i++) await delay(5);
  try {
    // In a new process twice: the first launch creates the reactor if that has failed, and the second refills the prepared channels.
    for (let i = 0; i < (isFresh ? 2 : 1); i++) await plain();
    return 'ok';
  } catch (error) {
    return describe(error);
  }
}

/** Runs the scenario once, and returns the result to print. */
async function once() {
  uncaught = [];
  const began = performance.now();
  const outcome = await attempt();
  const milliseconds = Math.round(performance.now() - began);
  if (outcome.isOver === false) {
    pass(marker.end);
    return {...outcome, milliseconds, after: 'ok', left: [], uncaught, goesOn: false};
  }
  const after = await whetherWell();
  for (let i = 0; isFresh && i < 2; i++) {
    // What a process creates once exists after the first run.
    if (i === 1) before = held();
    await attempt();
    await plain().catch(() => {});
  }
  const found = await left(before);
  const goesOn = !isFresh && found.length === 0 && uncaught.length === 0;
  return {...outcome, milliseconds, after, left: found, uncaught, goesOn};
}

const isAlone = process.argv[3] === '--once';
for (let goesOn = true; goesOn && (pass(marker.begin) === undefined || isAlone); ) {
  const result = await once();
  writeSync(1, `${JSON.stringify(result)}\n`);
  goesOn = result.goesOn && !isAlone;
}
process.exit();
