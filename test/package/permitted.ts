// A program with --permission and without --allow-net: everything that is a net.Socket elsewhere.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {createSandbox, forkInNamespace, runInNamespace, spawnInNamespace} from 'namespawn';

const {permission} = process as unknown as {permission: {has(scope: string): boolean}};
assert.equal(permission.has('net'), false);

// Both directions, and more than the pipes hold.
const input = Buffer.alloc(8 << 20, 'x');
const {stdout} = await runInNamespace('cat', {input, encoding: 'buffer'});
assert.ok(stdout.equals(input));
assert.equal((await runInNamespace('head', ['-c', '1'], {input})).stdout, 'x');

const late = spawnInNamespace('sh', ['-c', 'echo out; echo err >&2']);
assert.equal(await text(late.stderr!), 'err\n');
assert.equal(await text(late.stdout!), 'out\n');

// A duplex pipe, whose end the command waits for.
const third = spawnInNamespace('sh', ['-c', 'cat <&3 >&3'], {stdio: ['ignore', 'ignore', 'inherit', 'pipe']});
const duplex = third.stdio[3] as Duplex;
duplex.end('through and back');
assert.equal(await text(duplex), 'through and back');
await once(third, 'close');

// The output of one command is the input of another.
const first = spawnInNamespace('seq', ['1000'], {stdio: ['ignore', 'pipe', 'inherit']});
const second = spawnInNamespace('tail', ['-n', '1'], {stdio: [first.stdout, 'pipe', 'inherit']});
assert.equal(await text(second.stdout!), '1000\n');

const unread = spawnInNamespace('seq', ['1', '100000']);
assert.deepEqual(await once(unread, 'close'), [0, null]);

await using sandbox = await createSandbox();
assert.equal((await sandbox.run('echo', ['inside'])).stdout, 'inside\n');

const echoing = fileURLToPath(new URL('../ipc/fixtures/answerer.js', import.meta.url));
const child = forkInNamespace(echoing, [], {execArgv: [], silent: true});
child.send({do: 'exit', value: 3});
assert.deepEqual((await once(child, 'message'))[0], 'bye');
assert.deepEqual(await once(child, 'close'), [3, null]);
console.log('ok');
