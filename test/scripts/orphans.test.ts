// scripts/test.mjs fails if a test file leaves a process running. It finds such processes by scripts/orphans.mjs and the program reaper.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {describe, test} from 'node:test';
import {eventually} from '../helpers/eventually.js';
import {fixturePath} from '../helpers/fixtures.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';

const orphans = new URL('../../scripts/orphans.mjs', import.meta.url).href;

/** Runs statements below a reaper, then calls endOrphans() as scripts/test.mjs does after each file, and returns its result. */
function belowReaper(statements: string): string[] {
  const script = `
    import {spawnSync} from 'node:child_process';
    import {endOrphans} from '${orphans}';
    ${statements}
    console.log(JSON.stringify(await endOrphans(100)));
  `;
  const argv = [process.execPath, '--input-type=module', '--eval', script];
  const {stdout, stderr} = spawnSync(testProgram('reaper'), argv, {encoding: 'utf8'});
  assert.equal(stderr, '');
  return JSON.parse(stdout) as string[];
}

describe('a process that outlives its parent', () => {
  test('is found and ended', async () => {
    const marker = uniqueDuration();
    const left = belowReaper(`spawnSync('sh', ['-c', 'setsid sleep ${marker} &'], {stdio: 'ignore', env: {}});`);
    assert.equal(left.length, 1);
    assert.match(left[0]!, new RegExp(`^\\d+ \\(sleep, state [RS]\\) sleep ${marker}$`));
    await eventually(() => assert.deepEqual(findProcesses({marker}), []));
  });

  test('is found if it is an nsinit that outlives its Node', async () => {
    const marker = uniqueDuration();
    const spawner = JSON.stringify([fixturePath('spawner'), 'exit', marker, JSON.stringify({dieWithParent: false})]);
    const left = belowReaper(`spawnSync(process.execPath, ${spawner});`);
    assert.equal(left.length, 1);
    assert.match(left[0]!, /^\d+ \(nsinit, state [RS]\) nsinit$/);
    await eventually(() => assert.deepEqual(findProcesses({marker}), []));
  });

  test('is ignored if it ends soon', () => {
    assert.deepEqual(belowReaper(`spawnSync('sh', ['-c', 'sleep 0.01 &'], {stdio: 'ignore'});`), []);
  });

  test('is found once, and not again after the next file', () => {
    const statements = `
      spawnSync('sh', ['-c', 'sleep 1000 &'], {stdio: 'ignore'});
      const [first, second] = await Promise.all([endOrphans(100), endOrphans(0)]);
      if (first.length !== 1 || second.length !== 0) throw new Error(JSON.stringify([first, second]));
    `;
    assert.deepEqual(belowReaper(statements), []);
  });
});

describe('the reaper', () => {
  test('ends with the status of its command', () => {
    const run = (script: string) => spawnSync(testProgram('reaper'), ['sh', '-c', script]);
    assert.equal(run('exit 7').status, 7);
    assert.equal(run('kill -TERM $$').signal, 'SIGTERM');
    assert.equal(spawnSync(testProgram('reaper'), ['/no/such']).status, 127);
  });

  test('waits for all processes with --until-all-have-ended', () => {
    const script = "setsid sh -c 'sleep 0.05; echo last' & echo first";
    const {stdout} = spawnSync(testProgram('reaper'), ['--until-all-have-ended', 'sh', '-c', script], {
      encoding: 'utf8',
    });
    assert.equal(stdout, 'first\nlast\n');
  });
});
