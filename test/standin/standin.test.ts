// Each scenario runs with child_process.spawn and with spawnInNamespace. The results are the same, or differ as docs/differences.md says.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {groups} from './groups.js';
import {engines} from './observe.js';

for (const {title, scenarios} of groups) {
  describe(title, () => {
    for (const {name, run, difference} of scenarios) {
      test(name, {timeout: 60_000}, async () => {
        const childProcess = await run(engines.childProcess);
        const namespawn = await run(engines.namespawn);
        if (difference === undefined) {
          assert.equal(namespawn, childProcess);
        } else {
          assert.equal(childProcess, difference.childProcess, 'child_process is not as the table says');
          assert.equal(namespawn, difference.namespawn);
        }
      });
    }
  });
}
