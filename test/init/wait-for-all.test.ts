// The option `init.waitForAll`: the namespace ends with its last process instead of with its command.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import type {Writable} from 'node:stream';
import {describe, test} from 'node:test';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {isThere} from '../helpers/processes.js';

describe('waitForAll', () => {
  for (const [name, namespaces] of [
    ['with', ['pid', 'mnt']],
    ['without', ['uts']],
  ] as [string, SpawnOptions['namespaces']][]) {
    test(`keeps the namespace until the last process has ended, ${name} a PID namespace`, async () => {
      await using child = spawnInNamespace('sh', ['-c', 'setsid sh -c "read line; echo last" <&3 & exit 7'], {
        namespaces,
        init: {waitForAll: true},
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      });
      await once(child, 'spawn');
      // The command has ended, its daemon has not, and no exit has been emitted.
      await eventually(() => assert.equal(isThere(child.hostPid!), false));
      assert.equal(child.exitCode, null);
      (child.stdio[3] as Writable).write('go\n');
      const {code, stdout} = await finished(child);
      assert.deepEqual([code, stdout], [7, 'last\n']);
    });
  }

  for (const namespaces of [['pid', 'mnt'], ['uts']] as SpawnOptions['namespaces'][]) {
    test(`forwards a later signal to the processes that are left, and reports the command's status, in ${namespaces}`, async () => {
      const script = `setsid sh -c 'trap "echo asked; exit" TERM; echo ready; while :; do sleep 0.01; done' & read line; exit 7`;
      await using child = spawnInNamespace('sh', ['-c', script], {namespaces, init: {waitForAll: true}, stdio: 'pipe'});
      const next = linesOf(child.stdout!);
      assert.equal(await next(), 'ready');
      child.stdin!.write('go on\n');
      await eventually(() => assert.equal(isThere(child.hostPid!), false));
      assert.equal(child.kill(), true);
      assert.equal(await next(), 'asked');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal], [7, null]);
    });
  }

  test('killAll() ends the wait', async () => {
    await using child = spawnInNamespace('sh', ['-c', 'setsid sleep 1000 & exit 7'], {init: {waitForAll: true}});
    await once(child, 'spawn');
    await eventually(() => assert.equal(isThere(child.hostPid!), false));
    child.killAll();
    const {code, signal} = await finished(child);
    assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
  });
});
