// The text by which set-ups of plain data are kept.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import type {Mount, SpawnOptions} from 'namespawn';
import {plainKey} from '../../dist/start/options/plain-key.js';
import {shell} from '../helpers/shell.js';

describe('plainKey', () => {
  test('differs for what differs', () => {
    const values = [
      undefined,
      null,
      'null',
      '',
      0,
      Number.NaN,
      '0',
      true,
      'true',
      [],
      {},
      [undefined],
      new Array(1),
      new Array(2),
      ['a', 'b'],
      ['ab'],
      ['a2:b'],
      ['1:a'],
      {a: 'b'},
      {a: {b: 'c'}},
      {a: {}, b: 'c'},
      [[], 'x'],
      [['x']],
      {0: 'a'},
      ['a'],
    ];
    const keys = values.map(value => plainKey(value));
    assert.ok(keys.every(key => key !== undefined));
    assert.equal(new Set(keys).size, values.length);
    assert.equal(plainKey([{a: 1, b: ['x']}]), plainKey([{a: 1, b: ['x']}]));
  });

  test('is refused for anything but plain data', () => {
    const values = [
      () => {},
      Symbol('x'),
      1n,
      new Map(),
      new Uint8Array(1),
      new (class A {})(),
      new Proxy({}, {}),
      {[Symbol('x')]: 1},
      {
        get a() {
          return 1;
        },
      },
      'x'.repeat(20_000),
    ];
    for (const value of values) assert.equal(plainKey([value]), undefined);
  });
});

test('an array of mounts that was changed is read again', async () => {
  const mounts: Mount[] = [{type: 'tmpfs', destination: '/tmp'}];
  const options: SpawnOptions = {root: 'readonly', mounts};
  assert.equal(await shell('echo x >/tmp/x && ls -A /tmp', options), 'x');
  mounts.push({type: 'file', destination: '/tmp/file', content: 'first'});
  assert.equal(await shell('cat /tmp/file', options), 'first');
  mounts[1] = {type: 'file', destination: '/tmp/file', content: 'other'};
  assert.equal(await shell('cat /tmp/file', options), 'other');
  await assert.rejects(shell('true', {...options, mounts: [...mounts, {type: 'bind'} as Mount]}), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
});
