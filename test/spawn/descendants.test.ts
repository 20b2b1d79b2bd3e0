// When 'close' is emitted, no process of a new PID namespace is left, and no process can delay it.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {closeSync, constants, openSync} from 'node:fs';
import {test} from 'node:test';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {childrenOf, findProcesses, uniqueDuration} from '../helpers/processes.js';

const places: [name: string, options: SpawnOptions][] = [
  ['with nsinit', {}],
  ['with init: false', {init: false}],
  ['without a PID namespace', {namespaces: ['uts']}],
];

for (const [place, options] of places) {
  test(`a daemon that holds stdout neither delays 'close' nor outlives it ${place}`, async () => {
    const marker = uniqueDuration();
    await leavesNothing(async () => {
      const child = spawnInNamespace('sh', ['-c', `setsid sleep ${marker} & echo hi`], {...options, stdio: 'pipe'});
      const {code, stdout} = await finished(child);
      assert.deepEqual(findProcesses({marker}), []);
      assert.deepEqual([code, stdout], [0, 'hi\n']);
    });
  });

  // A command may hand its descriptors to a process that does not end with it. Here that is the test itself.
  for (const pty of [false, true]) {
    const what = pty ? 'terminal' : 'pipe';
    test(`what has the ${what} of a command open outside does not delay 'close' ${place}`, {timeout: 60_000}, () =>
      leavesNothing(async () => {
        const child = spawnInNamespace('sh', ['-c', 'echo hi; exec sleep 1000'], {
          ...options,
          ...(pty ? {pty} : {stdio: 'pipe'}),
        });
        const [output] = await once((pty ? child.pty : child.stdout)!, 'data');
        const held = openSync(`/proc/${child.hostPid}/fd/1`, constants.O_WRONLY | constants.O_NOCTTY);
        try {
          assert.equal(child.kill('SIGKILL'), true);
          assert.equal((await finished(child)).signal, 'SIGKILL');
          assert.equal(String(output).trim(), 'hi');
        } finally {
          closeSync(held);
        }
      }),
    );
  }

  test(`daemons of several generations end ${place}`, async () => {
    const marker = uniqueDuration();
    const daemon = `setsid sh -c "setsid sh -c \\"trap '' TERM HUP INT; sleep ${marker} & sleep ${marker}\\" & sleep ${marker}" &`;
    const child = spawnInNamespace('sh', ['-c', `${daemon} ${daemon} read line`], {...options, stdio: 'pipe'});
    // Two times three, and the shells between them.
    await eventually(() =>
      assert.equal(findProcesses({marker}).filter(({command}) => / sleep /.test(command)).length, 6),
    );
    child.stdin!.end('\n');
    await finished(child);
    assert.deepEqual(findProcesses({marker}), []);
  });
}

test('nsinit reaps orphans while the command runs', async () => {
  const child = spawnInNamespace('sh', [
    '-c',
    'for i in 1 2 3 4 5 6 7 8 9; do (setsid true &); done; echo done; read line',
  ]);
  await once(child.stdout, 'data');
  // Zombies are children as well.
  await eventually(() => assert.deepEqual(childrenOf(child.pid), [child.hostPid]));
  child.stdin.end('\n');
  assert.equal((await finished(child)).code, 0);
});

test('output that was written before the end is complete', async () => {
  const {stdout, stderr} = await finished(
    spawnInNamespace('sh', [
      '-c',
      'dd if=/dev/zero bs=64k count=20 2>/dev/null; dd if=/dev/zero bs=64k count=14 1>&2 2>/dev/null; exit 0',
    ]),
  );
  assert.equal(stdout.length, 20 * 65536);
  assert.equal(stderr.length, 14 * 65536);
});

test('a command that kills every process that it may signal reports its own status', async () => {
  const {code, stdout} = await finished(
    spawnInNamespace('sh', ['-c', 'sleep 1000 & kill -9 -1 2>/dev/null; echo on; exit 6']),
  );
  // kill(-1) does not signal the caller and PID 1.
  assert.deepEqual([code, stdout], [6, 'on\n']);
});
