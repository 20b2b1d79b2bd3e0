// Node is killed at random moments under a random load, and nothing is left.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {describeLeft, killRound} from '../helpers/kill-rounds.js';
import {randomOf} from '../helpers/random.js';
import {patient, scaled} from '../helpers/time.js';

const seed = Number(process.env.NAMESPAWN_SEED ?? Math.floor(Math.random() * 2 ** 31));

test('nothing is left of a Node that is killed', async context => {
  context.diagnostic(`NAMESPAWN_SEED=${seed}`);
  const seeds = randomOf(seed);
  let started = 0;
  const job = async () => {
    while (started++ < scaled(40)) {
      const round = await killRound(seeds.below(2 ** 32), {
        longest: patient(1500),
        within: patient(10_000),
        patience: patient(20_000),
      });
      assert.deepEqual(describeLeft(round), [], `the round's seed is ${round.seed}`);
    }
  };
  await Promise.all([job(), job(), job()]);
});
