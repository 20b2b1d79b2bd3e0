// How a supervisor (an nsinit outside of the PID namespace of its command) ends before its command, and how Node ends what is left.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {needsOwnCgroup, supervisedCgroup} from '../helpers/cgroups.js';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {findProcesses, threadsOf, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot} from '../helpers/requirements.js';

/** Samples the state of the reactor thread in /proc. Returns a state other than S (sleeping) if there was one. */
function reactorState(): string {
  const thread = threadsOf().find(id => readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'namespawn\n');
  const states = Array.from(
    {length: 50},
    () => readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]![0],
  );
  return states.find(state => state !== 'S') ?? 'S';
}

describe('a supervisor that its command stops', () => {
  for (const [how, script] of [
    ['once', 'kill -STOP $PPID; echo; exec sleep'],
    ['again and again', '(while kill -STOP $PPID; do :; done) 2>/dev/null & echo; exec sleep'],
  ]) {
    test(`${how} is ended nevertheless`, async () => {
      const marker = uniqueDuration();
      await using child = spawnInNamespace('sh', ['-c', `read line; ${script} ${marker}`], {
        namespaces: ['uts'],
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      // If nsinit were stopped earlier, it could not report the start.
      await once(child, 'spawn');
      child.stdin!.write('go on\n');
      await once(child.stdout!, 'data');
      assert.equal(child.killAll(), true);
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal], [null, 'SIGKILL']);
      await eventually(() => assert.deepEqual(findProcesses({marker}), []));
    });
  }
});

describe('an init that ends before its command', () => {
  // The command has a PDEATHSIG; the processes that it has started have none.
  test('as a supervisor: the processes of the command end with its cgroup', {skip: needsOwnCgroup()}, async () => {
    for (const killer of ['outside', 'inside']) {
      const marker = uniqueDuration();
      const script = `setsid sh -c 'echo ready; exec sleep ${marker} >/dev/null 2>&1' </dev/null & read line; kill -9 $PPID; sleep 1000`;
      await using child = spawnInNamespace('sh', ['-c', script], {namespaces: ['uts'], stdio: 'pipe'});
      await once(child.stdout!, 'data');
      const cgroup = supervisedCgroup(child.pid!);
      assert.ok(existsSync(cgroup));
      if (killer === 'outside') process.kill(child.pid!, 'SIGKILL');
      else child.stdin!.write('go on\n');
      const {code, signal} = await finished(child);
      assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
      assert.deepEqual(findProcesses({marker}), []);
      assert.equal(existsSync(cgroup), false);
    }
  });

  test('as a supervisor: cgroups that the command has created are removed', {skip: needsOwnCgroup()}, async () => {
    for (const end of ['exit 0', 'kill -9 $PPID; sleep 1000']) {
      await using child = spawnInNamespace('sh', ['-c', `echo; read line; ${end}`], {
        namespaces: ['uts'],
        stdio: 'pipe',
      });
      await once(child.stdout!, 'data');
      const cgroup = supervisedCgroup(child.pid!);
      mkdirSync(path.join(cgroup, 'one/two'), {recursive: true});
      child.stdin!.write('go on\n');
      await finished(child);
      assert.equal(existsSync(cgroup), false);
    }
  });

  // The supervisor has ended, but its tracer keeps it as a zombie that its parent cannot reap, and its pidfd stays readable.
  test('as a supervisor that real root traces: Node sleeps until the tracer ends', {skip: needsRoot()}, async () => {
    await using child = spawnInNamespace(testProgram('tracer'), [], {
      namespaces: ['uts'],
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = finished(child);
    // If nsinit were killed earlier, it could not report the start.
    await once(child, 'spawn');
    child.stdin!.write('\n');
    // If the command has a cgroup, the tracer ends with it.
    const isTraced = await Promise.race([once(child.stdout!, 'data').then(() => true), ended.then(() => false)]);
    if (isTraced) {
      await eventually(() => assert.equal(reactorState(), 'S'));
      child.stdin!.end();
    }
    const {code, signal} = await ended;
    assert.deepEqual([code, signal, child.initSignal], [null, 'SIGKILL', 'SIGKILL']);
  });

  test('as a supervisor: root of a user namespace may not trace it', async () => {
    const options: SpawnOptions = {namespaces: ['user', 'uts'], uidMap: 'root', stdio: ['pipe', 'pipe', 'ignore']};
    await using child = spawnInNamespace(testProgram('tracer'), [], options);
    const ended = finished(child);
    child.stdin!.end('\n');
    const {code} = await ended;
    assert.deepEqual([code, child.initSignal], [1, null]);
  });

  test('as a supervisor, together with its Node: the next supervisor ends what is left', {
    skip: needsOwnCgroup(),
  }, async () => {
    const {pid: dead} = spawnSync('true');
    const marker = uniqueDuration();
    const stale = supervisedCgroup(dead);
    const others = supervisedCgroup(process.pid);
    mkdirSync(stale);
    mkdirSync(others);
    const left = spawn('sleep', [marker]);
    await once(left, 'spawn');
    writeFileSync(path.join(stale, 'cgroup.procs'), `${left.pid}`);
    const gone = once(left, 'exit');
    const another = (): Promise<unknown> => finished(spawnInNamespace('true', {namespaces: ['uts']}));
    await another();
    assert.deepEqual(await gone, [null, 'SIGKILL']);
    await another();
    assert.equal(existsSync(stale), false);
    // rmdir would fail if this cgroup had been removed as well.
    rmdirSync(others);
  });
});
