// scenario.mjs NAME: does one scenario again and again, for as long as the tracer has something that is to fail in it. Tells of each
// time, on stdout, a line of JSON. Without a tracer it does it once.
import {writeSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {spawnInNamespace} from '../../dist/index.js';
import {native} from '../../dist/native.js';
import {grown, held} from './left.mjs';
import {scenarios} from './scenarios.mjs';

const marker = {begin: 0, in: 1, out: 2, end: 3};
// How long a scenario may take with a call that fails, and what it leaves to go.
const patienceMs = 5000;

/** Tells the tracer where this is. Answers the name of the errno, or undefined. */
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

/** A launch that nothing happens to: fills what is kept ready, and says that launches work. */
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

/** How it went: {seen}, {error} or {isOver: false}. */
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

/** What is left once a while has gone by. */
async function left(before) {
  let found = [];
  for (const end = performance.now() + patienceMs; performance.now() < end; await delay(5)) {
    found = pass(marker.end) === 'EAGAIN' ? ['a process'] : grown(before, held());
    if (found.length === 0) break;
  }
  return found;
}

// The addon's load is none of a launch's.
native();
// The reactor starts in it, and is followed from then on.
if (!isFresh) {
  await call(plain);
  // With each of nsinit's images, as many as there are channels kept ready.
  for (let i = 0; i < 4; i++) await plain({uidMap: 'root'});
  await attempt();
}
let before = held();
for (;;) {
  const answer = pass(marker.begin);
  if (answer !== undefined && process.argv[3] !== '--once') break;
  uncaught = [];
  const began = performance.now();
  const outcome = await attempt();
  const milliseconds = Math.round(performance.now() - began);
  let after = 'ok';
  if (outcome.isOver !== false) {
    for (let end = pass(marker.end), i = 0; end === 'EAGAIN' && i < 1000; i++) {
      await delay(5);
      end = pass(marker.end);
    }
    try {
      await plain();
      if (isFresh) await plain();
    } catch (error) {
      after = describe(error);
    }
  }
  if (isFresh) {
    // What a process makes once it has made by now.
    await attempt();
    await plain();
    before = held();
    await attempt();
    await plain();
  }
  const found = outcome.isOver === false ? (pass(marker.end), []) : await left(before);
  const goesOn = !isFresh && outcome.isOver !== false && found.length === 0 && uncaught.length === 0 && answer === undefined;
  writeSync(1, `${JSON.stringify({...outcome, milliseconds, after, left: found, uncaught, goesOn})}\n`);
  if (!goesOn) break;
}
process.exit();
