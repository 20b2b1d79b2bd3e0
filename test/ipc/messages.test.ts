// Messages in both directions and both formats, compared with child_process.fork.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {scaled} from '../helpers/time.js';
import {echoed, ended, fixture, forks, modes, nextMessage} from './helpers.js';

const plain: [name: string, value: unknown][] = [
  ['a string', 'text'],
  ['an empty string', ''],
  ['line feeds and other scripts', 'a\nb\u2028ü漢\u{1f600}\0'],
  ['a number', -0.5],
  ['a boolean', false],
  ['null', null],
  ['an array', [1, [2, [3]]]],
  ['an object', {a: {b: [null, true]}, __proto__: null}],
  ['a large message', 'x'.repeat(5_000_000)],
];

const cloned: [name: string, value: unknown][] = [
  ['undefined inside', {a: undefined}],
  ['a bigint inside', [2n ** 70n]],
  ['a Date', new Date(86_400_000)],
  ['a Map and a Set', new Map([[{a: 1}, new Set([1, 'b'])]])],
  ['a RegExp', /a+/gi],
  ['a Uint16Array', new Uint16Array([1, 2, 65535])],
  ['a Float64Array within a buffer', new Float64Array(new ArrayBuffer(64), 8, 3).fill(0.1)],
  ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer, 1)],
  ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
  ['NaN and -0', [Number.NaN, -0]],
  ['an Error', new RangeError('over')],
];

for (const [name, fork] of forks) {
  for (const serialization of modes) {
    test(`${name}, ${serialization}: values arrive unchanged`, async () => {
      const child = fork(fixture('answerer'), [], {serialization});
      const values = serialization === 'json' ? plain : [...plain, ...cloned];
      for (const [what, value] of values) {
        const reply = await echoed(child, value as never);
        // Prototypes are not transferred.
        assert.deepEqual(reply, structuredClone(value), what);
      }
      child.disconnect();
      await ended(child, 'exit');
    });

    test(`${name}, ${serialization}: 10,000 messages arrive in both directions, in order`, async () => {
      const child = fork(fixture('answerer'), [], {serialization});
      const counted = nextMessage(child);
      const count = scaled(10_000);
      for (let i = 0; i < count; i++) child.send({do: 'count', value: count});
      assert.deepEqual(await counted, {counted: count});
      const received: unknown[] = [];
      const all = new Promise<void>(resolve => {
        child.on('message', message => {
          received.push(message);
          if (received.length === count) resolve();
        });
      });
      child.send({do: 'flood', value: count});
      await all;
      assert.deepEqual(
        received,
        Array.from({length: count}, (_, i) => i),
      );
      child.disconnect();
      await ended(child, 'exit');
    });
  }

  test(`${name}: Buffers arrive as Buffers with 'advanced', and otherwise as the object that JSON makes of them`, async () => {
    const bytes = Buffer.from([0, 10, 255]);
    for (const serialization of modes) {
      const child = fork(fixture('answerer'), [], {serialization});
      const reply = await echoed(child, bytes);
      assert.deepEqual(reply, serialization === 'json' ? bytes.toJSON() : bytes);
      child.disconnect();
      await ended(child, 'exit');
    }
  });

  test(`${name}: objects of native code arrive with their properties with 'advanced'`, async () => {
    const child = fork(fixture('answerer'), [], {serialization: 'advanced'});
    const {signal} = new AbortController();
    assert.deepEqual(await echoed(child, {signal: Object.assign(signal, {a: 1}) as never}), {signal: {a: 1}});
    child.disconnect();
    await ended(child, 'exit');
  });

  test(`${name}: messages that arrive before there is a listener are emitted to the first one`, async () => {
    const child = fork(fixture('silent'), ['3'], {});
    // They have arrived when a second program, which was started later, has sent a reply.
    const clock = fork(fixture('answerer'), [], {});
    await echoed(clock, 1);
    clock.disconnect();
    const received: unknown[] = [];
    await new Promise<void>(resolve => {
      child.on('message', message => {
        received.push((message as {i: number}).i);
        if (received.length === 3) resolve();
      });
    });
    assert.deepEqual(received, [0, 1, 2]);
    child.disconnect();
    await ended(child, 'exit');
  });

  if (name === 'forkInNamespace') {
    test('a listener that is removed after one message leaves the others to the next listener', async () => {
      const child = fork(fixture('silent'), ['3'], {});
      const clock = fork(fixture('answerer'), [], {});
      await echoed(clock, 1);
      clock.disconnect();
      const received: unknown[] = [];
      for (let i = 0; i < 3; i++) received.push(await nextMessage(child));
      assert.deepEqual(
        received,
        [0, 1, 2].map(number => ({i: number, text: 'x'})),
      );
      child.disconnect();
      await ended(child, 'exit');
    });
  }

  test(`${name}: messages of the runtime are 'internalMessage', and not 'message'`, async () => {
    const child = fork(fixture('answerer'), [], {});
    const internal = once(child, 'internalMessage');
    child.on('message', () => assert.fail('a message'));
    child.send({do: 'internal', value: 7});
    assert.deepEqual((await internal)[0], {cmd: 'NODE_NOTHING', value: 7});
    child.removeAllListeners('message');
    child.disconnect();
    await ended(child, 'exit');
  });

  test(`${name}: the program does not see the variables of its channel`, async () => {
    const child = fork(fixture('answerer'), [], {env: {...process.env, NODE_CHANNEL_FD: '77'}});
    // child_process leaves the older variable first, and its child fails.
    if (name === 'forkInNamespace') {
      const reply = nextMessage(child);
      child.send({do: 'environment'});
      assert.deepEqual(await reply, []);
      child.disconnect();
    } else child.kill();
    await ended(child, 'exit');
  });
}
