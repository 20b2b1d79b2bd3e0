// If a constructor or method throws while a command is started, because a program has changed a class of Node or passes an object that only
// looks like a stream, nothing is left: no process, no descriptor, no handle.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {Socket} from 'node:net';
import {test} from 'node:test';
import {createSandbox, type NamespacedProcess, runInNamespace, type Sandbox, spawnInNamespace} from 'namespawn';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';

const mischief = new Error('mischief');

/** Calls a function with a method of sockets that throws at its n-th call. Returns whether that call was made. */
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

/** Starts commands with a method that throws at its first call, at its second and so on, until none throws. Returns how often it threw. */
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
  test(`a socket whose ${method}() throws leaves nothing, for streams and for a channel`, () =>
    leavesNothing(async () => {
      const thrown = await everyCall(method, () => spawnInNamespace('cat', [], {stdio: [...stdio]}));
      assert.ok(thrown >= (method === 'on' ? 10 : 1), `it threw ${thrown} times`);
    }));
}

test('such a socket in a sandbox leaves nothing, and the sandbox continues', () =>
  leavesNothing(async () => {
    const sandbox = await createSandbox();
    assert.ok((await everyCall('on', () => sandbox.spawn('cat', [], {stdio: [...stdio]}))) >= 10);
    assert.equal((await sandbox.run('echo', ['on'])).stdout, 'on\n');
    await sandbox.close();
  }));

test('such a socket in runInNamespace leaves nothing', () =>
  leavesNothing(async () => {
    assert.ok((await everyCall('on', () => runInNamespace('true', {input: 'text', reject: false}).child)) >= 6);
  }));

/** Runs a command by runInNamespace and in a sandbox. */
async function both(use: (run: Sandbox['run']) => unknown): Promise<void> {
  await leavesNothing(async () => {
    await use(runInNamespace as Sandbox['run']);
    const sandbox = await createSandbox();
    await use(sandbox.run.bind(sandbox) as Sandbox['run']);
    await sandbox.close();
  });
}

test('an input that only looks like a stream leaves nothing', () =>
  both(run => {
    const input = {pipe: () => {}} as never;
    assert.throws(() => run('sleep', ['1000'], {input}), TypeError);
  }));

test('an object that only looks like an AbortSignal leaves nothing', () =>
  both(run => {
    const signal = {aborted: false} as AbortSignal;
    assert.throws(() => run('sleep', ['1000'], {signal} as never), TypeError);
    assert.throws(() => spawnInNamespace('sleep', ['1000'], {signal}), TypeError);
  }));

test('a listener that throws does not prevent the end of its command', async () => {
  const fixture = startFixture('throwing-listeners');
  const exit = once(fixture.process, 'exit');
  for (;;) {
    const report = await fixture.next<{event: string; thrown: number; left: object} | null>();
    if (report === null) break;
    assert.deepEqual([report.thrown, report.left], [1, {}], report.event);
  }
  assert.deepEqual(await exit, [0, null]);
});
