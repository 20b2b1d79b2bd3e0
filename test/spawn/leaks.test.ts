// Many commands leave no more than one command does.

import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {Worker} from 'node:worker_threads';
import {type NamespaceType, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {fixturePath, startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {spawnMany} from '../helpers/load.js';
import {scaled} from '../helpers/time.js';

test('1,000 commands one after another leave nothing', () =>
  leavesNothing(() => spawnMany({sequential: scaled(1000), parallel: 0})));

test('200 commands at once leave nothing', () => leavesNothing(() => spawnMany({sequential: 0, parallel: 200})));

test('1,000 commands one after another, and 200 at once, in four Workers leave nothing', () =>
  leavesNothing(async () => {
    const workers = Array.from(
      {length: 4},
      () => new Worker(fixturePath('worker-load'), {workerData: {sequential: scaled(250), parallel: 50}}),
    );
    const ends = await Promise.all(
      workers.map(async worker => {
        // The last message may arrive in the same turn as the exit.
        const exit = once(worker, 'exit');
        const [message] = (await once(worker, 'message')) as [string];
        const [code] = (await exit) as [number];
        return [message, code];
      }),
    );
    assert.deepEqual(
      ends,
      [1, 2, 3, 4].map(() => ['done', 0]),
    );
  }));

test('commands in all namespaces at once leave nothing', () =>
  leavesNothing(async () => {
    const namespaces: NamespaceType[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
    const children = Array.from({length: 30}, () => finished(spawnInNamespace('true', [], {namespaces})));
    for (const {code, error} of await Promise.all(children)) assert.deepEqual([code, error], [0, undefined]);
  }));

test('commands that fail or are killed leave nothing', () =>
  leavesNothing(async () => {
    const children = Array.from({length: 120}, (_, index) => {
      const child = spawnInNamespace(index % 3 === 0 ? '/no/such' : 'cat', [], {init: index % 2 === 0});
      if (index % 3 === 1) child.killAll();
      if (index % 3 === 2) child.stdin.end();
      return finished(child);
    });
    const results = await Promise.all(children);
    results.forEach(({code, signal, error}, index) => {
      if (index % 3 === 0) assert.equal(error?.code, 'ENOENT');
      else assert.deepEqual([code, signal], index % 3 === 1 ? [null, 'SIGKILL'] : [0, null]);
    });
  }));

test('a command that has ended has no listener on its AbortSignal', async () => {
  const controller = new AbortController();
  let listeners = 0;
  const {signal} = controller;
  const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
  const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
  Object.assign(signal, {
    addEventListener: (...args: unknown[]) => {
      listeners++;
      add(...args);
    },
    removeEventListener: (...args: unknown[]) => {
      listeners--;
      remove(...args);
    },
  });
  await finished(spawnInNamespace('true', [], {signal}));
  await finished(spawnInNamespace('/no/such', [], {signal}));
  assert.equal(listeners, 0);
});

test('an addon that is loaded only in a Worker outlives that Worker', async () => {
  const fixture = startFixture('worker-only');
  const exit = once(fixture.process, 'exit');
  for (let round = 0; round < 3; round++) assert.equal(await fixture.next<number>(), 0);
  assert.equal(await fixture.next<string>(), 'over');
  assert.deepEqual(await exit, [0, null]);
});
