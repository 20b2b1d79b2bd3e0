// Globs, compared with what they should match.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Sandbox} from 'namespawn';
import {sandboxWith} from './inside.js';

const names = ['a', 'ab', 'abc', 'b', 'x.c', 'x.h', 'x.txt', '-', '{a,b}', '[a]', 'a]', 'aXb', 'aYYb', 'é'];

let sandbox: Sandbox;
before(async () => {
  sandbox = await sandboxWith(`mkdir g; cd g; touch ${names.map(name => `'./${name}'`).join(' ')}`);
});
after(() => sandbox.close());

const expected: [pattern: string, matched: string[]][] = [
  ['a', ['a']],
  ['a*', ['a', 'ab', 'abc', 'a]', 'aXb', 'aYYb']],
  ['a*b', ['ab', 'aXb', 'aYYb']],
  ['a**b', ['ab', 'aXb', 'aYYb']],
  ['*', names],
  ['a?', ['ab', 'a]']],
  ['?', ['a', 'b', '-', 'é']],
  ['[ab]', ['a', 'b']],
  ['[a-b]*', ['a', 'ab', 'abc', 'b', 'a]', 'aXb', 'aYYb']],
  ['[!a]', ['b', '-', 'é']],
  ['[^a]', ['b', '-', 'é']],
  ['a[A-Z]b', ['aXb']],
  ['[a', []],
  ['\\[a\\]', ['[a]']],
  ['a[]]', ['a]']],
  ['[-]', ['-']],
  ['x.{c,h}', ['x.c', 'x.h']],
  ['{x.{c,h},b}', ['x.c', 'x.h', 'b']],
  ['{a}', []],
  ['\\{a,b\\}', ['{a,b}']],
  ['*.*', ['x.c', 'x.h', 'x.txt']],
  ['é', ['é']],
  ['**', names],
  ['./a', ['a']],
];

for (const [pattern, matched] of expected) {
  test(`the pattern ${pattern}`, async () => {
    const found = await sandbox.list('/mnt/g', {pattern});
    assert.deepEqual(found.map(({path}) => path).sort(), [...matched].sort());
  });
}

test('several patterns find an entry once', async () => {
  const found = await sandbox.list('/mnt', {pattern: ['g/a', '**/a', 'g/[a]', '**']});
  assert.equal(found.filter(({path}) => path === 'g/a').length, 1);
  assert.equal(found.length, names.length + 1);
});

test('a pattern with many stars takes no time that matters', async () => {
  await sandbox.run('touch', [`/mnt/${'a'.repeat(255)}`]);
  assert.deepEqual(await sandbox.list('/mnt', {pattern: `${'*a'.repeat(100)}*b`}), []);
});
