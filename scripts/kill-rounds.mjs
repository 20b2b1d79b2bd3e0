// Kills Node by SIGKILL at random moments under a random load, and checks that nothing is left one second later:
// npm run kill-rounds -- [--rounds 300] [--seed N] [--jobs 4] [--longest 1500] [--within 1000]
// --jobs: the number of rounds at the same time. --longest: the longest time that a Node runs, in milliseconds. --within: the time in
// milliseconds after which nothing may be left. The seed of a round determines what its Node does, but not the timing.
import process from 'node:process';
import {parseArgs} from 'node:util';
import {describeLeft, killRound} from '../dist-test/helpers/kill-rounds.js';
import {randomOf} from '../dist-test/helpers/random.js';

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '300'},
    seed: {type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}`},
    jobs: {type: 'string', default: '4'},
    longest: {type: 'string', default: '1500'},
    within: {type: 'string', default: '1000'},
  },
});
const total = Number(values.rounds);
const options = {longest: Number(values.longest), within: Number(values.within), patience: 20_000};
console.log(`seed ${values.seed}: ${total} rounds, ${values.jobs} at once`);

const seeds = randomOf(Number(values.seed));
const rounds = [];
let started = 0;
let clean = 0;

async function job() {
  while (started < total) {
    const number = ++started;
    const round = await killRound(seeds.below(2 ** 32), options);
    rounds.push(round);
    const left = describeLeft(round);
    if (left.length === 0) clean++;
    else
      console.log([`round ${number}, seed ${round.seed}, killed after ${round.killedAfter} ms:`, ...left].join('\n  '));
    if (rounds.length % 10 === 0) console.log(`${rounds.length} of ${total} rounds: ${clean} left nothing`);
  }
}

await Promise.all(Array.from({length: Number(values.jobs)}, job));
const times = rounds.map(({endedAfter}) => endedAfter ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other);
const at = share => `${Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))])} ms`;
const processes = rounds.reduce((sum, round) => sum + round.processes, 0);
console.log(
  `${processes} processes were there at the kills; the last one ended ${at(0.5)} later in the middle, at most ${at(1)}`,
);
console.log(`${clean} of ${total} rounds left nothing`);
if (clean < total) process.exitCode = 1;
