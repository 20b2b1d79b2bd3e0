// An init that ends before its command: by SIGKILL from outside, by reboot(2), or because its sandbox is closed.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {createSandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';

describe('an init that ends before its command', () => {
  test('is reported as killed by SIGKILL from outside', async () => {
    for (const options of [{}, {init: false}, {namespaces: ['uts']}] as SpawnOptions[]) {
      const marker = uniqueDuration();
      await using child = spawnInNamespace('sleep', [marker], {...options, stdio: 'ignore'});
      await once(child, 'spawn');
      process.kill(child.pid!, 'SIGKILL');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    }
  });

  const reboots = [
    ['restart', 'SIGHUP'],
    ['halt', 'SIGINT'],
    ['power-off', 'SIGINT'],
  ] as const;
  for (const [how, initSignal] of reboots) {
    test(`is reported as ended by reboot(2) inside: ${how}`, async () => {
      // reboot(2) needs CAP_SYS_BOOT in the user namespace that owns the PID namespace.
      await using child = spawnInNamespace(testProgram('reboot'), [how], {
        namespaces: ['pid', 'mnt', 'user'],
        uidMap: 'root',
      });
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', initSignal]);
    });
  }

  test('in a sandbox ends every command with an error that says so, and makes later spawns throw it', async () => {
    const sandbox = await createSandbox();
    const commands = Array.from({length: 5}, () => sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'}));
    await Promise.all(commands.map(command => once(command, 'spawn')));
    const ends = commands.map(finished);
    const exited = once(sandbox, 'exit');
    process.kill(sandbox.pid, 'SIGKILL');
    for (const {error, signal, events} of await Promise.all(ends)) {
      assert.match(error!.message, /init has ended \(somebody killed it\)/);
      assert.deepEqual([error!.code, signal, events.at(-1)], ['ESRCH', 'SIGKILL', 'close']);
    }
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    assert.equal(sandbox.closed, true);
    assert.throws(() => sandbox.spawn('true'), {name: 'NamespaceError', code: 'ESRCH', message: /init has ended/});
    await assert.rejects(async () => sandbox.run('true'), {code: 'ESRCH', message: /init has ended/});
    await assert.rejects(sandbox.lastPid(), {code: 'ESRCH'});
    assert.deepEqual(await sandbox.close(), {isForcefullyTerminated: true});
  });

  test('in a sandbox that is closed ends its commands with an error that says so', async () => {
    const sandbox = await createSandbox();
    const child = sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'});
    await once(child, 'spawn');
    const end = finished(child);
    const message = /init has ended \(it was closed\)/;
    await sandbox.close();
    assert.match((await end).error!.message, message);
    assert.throws(() => sandbox.spawn('true'), {code: 'ESRCH', message});
  });

  test('in a sandbox by reboot(2) ends its commands with an error that names the signal', async () => {
    await using sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'});
    const exited = once(sandbox, 'exit');
    const {error} = await finished(sandbox.spawn(testProgram('reboot'), ['restart'], {stdio: 'ignore'}));
    assert.match(error!.message, /SIGHUP, which is what reboot\(2\) inside does/);
    assert.deepEqual(await exited, [null, 'SIGHUP']);
  });
});
