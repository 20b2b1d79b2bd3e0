// The life of a channel: results and errors of send(), disconnect(), and the order of events, compared with child_process.fork.
import assert from 'node:assert/strict';
import {AsyncLocalStorage} from 'node:async_hooks';
import type {Serializable} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {test} from 'node:test';
import {spawnInNamespace} from 'namespawn';
import {echoed, ended, eventsOf, fixture, forks, modes, nextMessage} from './helpers.js';

const errorCode = async (run: (callback: (error: Error | null) => void) => void): Promise<string | undefined> => {
  const error = await new Promise<Error | null>(run);
  return (error as NodeJS.ErrnoException | null)?.code;
};

for (const [name, fork] of forks) {
  const isOurs = name === 'forkInNamespace';

  test(`${name}: the child disconnects`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const {names, closed} = eventsOf(child);
    assert.equal(child.connected, true);
    assert.ok(child.channel);
    await echoed(child, 1);
    child.send({do: 'disconnect'});
    await once(child, 'disconnect');
    assert.equal(child.connected, false);
    assert.equal(child.channel, null);
    await closed;
    assert.deepEqual(names, ['spawn', 'message', 'disconnect', 'exit', 'close']);
  });

  test(`${name}: refCounted() and unrefCounted() of the channel`, async () => {
    const child = fork(fixture('answerer'), [], {});
    type Counted = {refCounted(): void; unrefCounted(): void};
    const channel = child.channel as unknown as Counted;
    channel.refCounted();
    channel.unrefCounted();
    channel.refCounted();
    await echoed(child, 1);
    channel.unrefCounted();
    child.disconnect();
    channel.refCounted();
    await ended(child, 'exit');
  });

  test(`${name}: the parent disconnects`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const {names, closed} = eventsOf(child);
    await echoed(child, 1);
    child.disconnect();
    assert.equal(child.connected, false);
    assert.equal(child.channel, null);
    // child_process does not emit 'close' then, because Node's count of streams still includes the channel.
    await (isOurs ? closed : ended(child, 'exit'));
    assert.deepEqual(names, ['spawn', 'message', 'disconnect', 'exit', ...(isOurs ? ['close'] : [])]);
  });

  test(`${name}: the last message of a child that exits arrives`, async () => {
    for (const serialization of modes) {
      const child = fork(fixture('answerer'), [], {serialization});
      const {names, closed} = eventsOf(child);
      child.send({do: 'exit', value: 3});
      assert.equal(await nextMessage(child), 'bye');
      assert.deepEqual(await closed, [3, null]);
      assert.deepEqual(
        names.filter(event => event !== 'exit'),
        ['spawn', 'message', 'disconnect', 'close'],
      );
    }
  });

  test(`${name}: the child is killed`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const {names, closed} = eventsOf(child);
    await echoed(child, 1);
    child.kill('SIGKILL');
    assert.deepEqual(await closed, [null, 'SIGKILL']);
    assert.deepEqual(names.filter(event => event !== 'exit').slice(-2), ['disconnect', 'close']);
    assert.equal(child.send('late'), false);
    assert.equal((await once(child, 'error'))[0].code, 'ERR_IPC_CHANNEL_CLOSED');
  });

  test(`${name}: a message that cannot be sent throws`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const refused = (code: string, ...args: unknown[]): void =>
      assert.throws(() => (child.send as (...words: unknown[]) => boolean)(...args), {code});
    refused('ERR_MISSING_ARGS');
    refused('ERR_INVALID_ARG_TYPE', 1n);
    refused('ERR_INVALID_ARG_TYPE', Symbol('a'));
    refused('ERR_INVALID_ARG_TYPE', () => {});
    refused('ERR_INVALID_ARG_TYPE', 1, undefined, 3);
    refused('ERR_INVALID_HANDLE_TYPE', 1, {});
    if (isOurs) refused('ERR_INVALID_HANDLE_TYPE', 1, createServer());
    const circle: {circle?: unknown} = {};
    circle.circle = circle;
    assert.throws(() => child.send(circle), TypeError);
    // The channel still works.
    assert.equal(await echoed(child, 1), 1);
    child.disconnect();
    await ended(child, 'exit');
  });

  test(`${name}: send() calls back in its async context, and returns false if many messages are waiting`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const storage = new AsyncLocalStorage<string>();
    const context = await new Promise(resolve => {
      storage.run('mine', () => {
        assert.equal(
          child.send('a', error => resolve([error, storage.getStore()])),
          true,
        );
      });
    });
    assert.deepEqual(context, [null, 'mine']);
    await new Promise(resolve => child.send('b', undefined, {}, resolve));
    const sent = new Promise(resolve => child.send('c', undefined, resolve));
    assert.equal(await sent, null);
    assert.equal(child.send('x'.repeat(1_000_000)), false);
    assert.equal(await echoed(child, 1), 1);
    assert.equal(child.send('d'), true);
    child.disconnect();
    await ended(child, 'exit');
  });

  test(`${name}: send() and disconnect() after disconnect()`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const errors: (string | undefined)[] = [];
    child.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
    child.disconnect();
    child.disconnect();
    assert.equal(await errorCode(callback => child.send('a', callback)), 'ERR_IPC_CHANNEL_CLOSED');
    assert.equal(child.send('b'), false);
    await ended(child, 'exit');
    assert.deepEqual(errors, ['ERR_IPC_DISCONNECTED', 'ERR_IPC_CHANNEL_CLOSED']);
  });

  test(`${name}: stdio, serialization and the channel's place`, async () => {
    const codeOf = (options: object, code: string): void =>
      assert.throws(() => fork(fixture('answerer'), [], options), {code});
    codeOf({stdio: ['ipc', 'pipe', 'pipe', 'ipc']}, 'ERR_IPC_ONE_PIPE');
    codeOf({stdio: ['pipe', 'pipe', 'pipe']}, 'ERR_CHILD_PROCESS_IPC_REQUIRED');
    codeOf({stdio: 'ipc'}, 'ERR_INVALID_ARG_VALUE');
    codeOf({serialization: 'yaml'}, 'ERR_INVALID_ARG_VALUE');
    codeOf({serialization: null}, 'ERR_INVALID_ARG_VALUE');
    // child_process would treat each letter of the string as an argument.
    if (isOurs) codeOf({execArgv: 'a'}, 'ERR_INVALID_ARG_TYPE');
    for (const stdio of [['ipc', 'inherit', 'inherit'], [0, 1, 2, 'pipe', 'ignore', 'ipc'], 'pipe'] as const) {
      const child = fork(fixture('answerer'), [], {stdio: stdio as never});
      assert.equal(await echoed(child, 1), 1);
      const place = typeof stdio === 'string' ? 3 : stdio.indexOf('ipc' as never);
      assert.equal(child.stdio[place], null);
      child.disconnect();
      await ended(child, 'exit');
    }
  });

  test(`${name}: silent, execArgv and arguments`, async () => {
    const child = fork(fixture('collector'), [], {silent: true, execArgv: ['--no-warnings']});
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    assert.equal(await nextMessage(child), 'ready');
    await new Promise(resolve => child.send('x'.repeat(10), resolve));
    child.disconnect();
    await once(child.stdout!, 'end');
    assert.deepEqual(JSON.parse(output), {messages: 1, length: 10, execArgv: ['--no-warnings']});
  });

  test(`${name}: the errors of a command that cannot be executed`, async () => {
    const child = fork(fixture('answerer'), [], {execPath: '/nonexistent/node'});
    const {names, closed} = eventsOf(child);
    child.on('error', () => {});
    await closed;
    assert.deepEqual(
      names.filter(event => event !== 'disconnect'),
      ['error', 'close'],
    );
    assert.ok(names.includes('disconnect'));
  });
}

test('messages that were sent before disconnect() arrive, however large they are', async () => {
  for (const [, fork] of forks.filter(([name]) => name === 'forkInNamespace')) {
    const child = fork(fixture('collector'), [], {silent: true});
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    assert.equal(await nextMessage(child), 'ready');
    const isSent = errorCode(callback => child.send('x'.repeat(20_000_000) as Serializable, callback));
    child.disconnect();
    assert.equal(await isSent, undefined);
    await ended(child, 'close');
    assert.equal((JSON.parse(output) as {length: number}).length, 20_000_000);
  }
});

test('a message that a killed command has not read is reported as not sent', async () => {
  const child = spawnInNamespace('sleep', ['1000'], {stdio: ['ignore', 'ignore', 'ignore', 'ipc']});
  await once(child, 'spawn');
  const code = errorCode(callback => child.send('x'.repeat(5_000_000), callback));
  child.kill('SIGKILL');
  assert.ok(['ERR_IPC_CHANNEL_CLOSED', 'EPIPE', 'ECONNRESET'].includes((await code) ?? ''), await code);
});

test('a command without a channel has no send()', async () => {
  const child = spawnInNamespace('true');
  assert.deepEqual(
    [child.connected, child.channel, child.send, child.disconnect],
    [false, undefined, undefined, undefined],
  );
  await once(child, 'close');
});
