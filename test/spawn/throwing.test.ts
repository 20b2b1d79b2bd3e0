// What throws on the way to a command, where somebody has changed a class of Node's or hands over what only looks like a stream, leaves
// nothing: no process, no descriptor, no handle.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {Socket} from 'node:net';
import {test} from 'node:test';
import {createSandbox, type NamespacedProcess, runInNamespace, type Sandbox, spawnInNamespace} from 'namespawn';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';

const mischief = new Error('mischief');

/** Calls with a method of sockets that throws at its n-th call, and answers whether it came to that. */
function withMischief(method: 'on' | 'read', nth: number, use: () => void): boolean {
  const {prototype} = Socket as unknown as {prototype: Record<string, (...args: unknown[]) => unknown>};
  const isOwn = Object.hasOwn(prototype, method);
  const usual = prototype[method]!;
  let calls = 0;
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    if (++calls === nth) throw mischief;
    return usual.apply(this, args);
  };
  try {
    use();
    return false;
  } catch (error) {
    assert.equal(error, mischief);
    return true;
  } finally {
    if (isOwn) prototype[method] = usual;
    else delete prototype[method];
  }
}

const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'ipc'] as const;

/** Starts commands with a method that throws at its first call, its second and so on, until none throws. Answers how often one did. */
async function everyCall(method: 'on' | 'read', start: () => NamespacedProcess): Promise<number> {
  for (let nth = 1; ; nth++) {
    let child: NamespacedProcess | undefined;
    const hasThrown = withMischief(method, nth, () => {
      child = start();
    });
    if (hasThrown) {
      assert.equal(child, undefined);
      continue;
    }
    child!.kill('SIGKILL');
    await once(child!, 'close');
    return nth - 1;
  }
}

for (const method of ['on', 'read'] as const) {
  test(`a socket whose ${method}() throws, of streams and of a channel`, () =>
    leavesNothing(async () => {
      const thrown = await everyCall(method, () => spawnInNamespace('cat', [], {stdio: [...stdio]}));
      assert.ok(thrown >= (method === 'on' ? 10 : 1), `it threw ${thrown} times`);
    }));
}

test('the same in a sandbox, which goes on', () =>
  leavesNothing(async () => {
    const sandbox = await createSandbox();
    assert.ok((await everyCall('on', () => sandbox.spawn('cat', [], {stdio: [...stdio]}))) >= 10);
    assert.equal((await sandbox.run('echo', ['on'])).stdout, 'on\n');
    await sandbox.close();
  }));

test('the same of runInNamespace', () =>
  leavesNothing(async () => {
    assert.ok((await everyCall('on', () => runInNamespace('true', {input: 'text', reject: false}).child)) >= 6);
  }));

/** By both ways. */
async function both(use: (run: Sandbox['run']) => unknown): Promise<void> {
  await leavesNothing(async () => {
    await use(runInNamespace as Sandbox['run']);
    const sandbox = await createSandbox();
    await use(sandbox.run.bind(sandbox) as Sandbox['run']);
    await sandbox.close();
  });
}

test('an input that only looks like a stream', () =>
  both(run => {
    const input = {pipe: () => {}} as never;
    assert.throws(() => run('sleep', ['1000'], {input}), TypeError);
  }));

test('a signal that only looks like one', () =>
  both(run => {
    const signal = {aborted: false} as AbortSignal;
    assert.throws(() => run('sleep', ['1000'], {signal} as never), TypeError);
    assert.throws(() => spawnInNamespace('sleep', ['1000'], {signal}), TypeError);
  }));

test('a listener that throws keeps no command from its end', async () => {
  const fixture = startFixture('throwing-listeners');
  const exit = once(fixture.process, 'exit');
  for (;;) {
    const told = await fixture.next<{event: string; thrown: number; left: object} | null>();
    if (told === null) break;
    assert.deepEqual([told.thrown, told.left], [1, {}], told.event);
  }
  assert.deepEqual(await exit, [0, null]);
});
