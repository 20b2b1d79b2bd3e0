// The forms of the option stdio, and the transfer of data.
import assert from 'node:assert/strict';
import {createHash, randomFillSync} from 'node:crypto';
import {once} from 'node:events';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import {Socket} from 'node:net';
import path from 'node:path';
import type {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {describe, test} from 'node:test';
import {createSandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {fixturePath} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';
import {scaled} from '../helpers/time.js';

const directory = temporaryDirectory();

describe('each form of an entry', () => {
  test("'pipe' is the default, and its streams are also in stdio", async () => {
    const child = spawnInNamespace('sh', ['-c', 'cat; echo err >&2']);
    assert.equal(child.stdio[0], child.stdin);
    assert.equal(child.stdio[1], child.stdout);
    assert.equal(child.stdio[2], child.stderr);
    child.stdin.end('in');
    const {stdout, stderr} = await finished(child);
    assert.deepEqual([stdout, stderr], ['in', 'err\n']);
  });

  test("'ignore' is /dev/null for descriptors 0 to 2", async () => {
    const child = spawnInNamespace(
      'sh',
      ['-c', 'readlink /proc/self/fd/0 /proc/self/fd/2; test ! -e /proc/self/fd/3'],
      {
        stdio: ['ignore', 'pipe', 'ignore', 'ignore'],
      },
    );
    assert.deepEqual([child.stdin, child.stderr], [null, null]);
    assert.deepEqual(child.stdio.slice(2), [null, null]);
    const {code, stdout} = await finished(child);
    assert.deepEqual([code, stdout], [0, '/dev/null\n/dev/null\n']);
  });

  test("'inherit' is the descriptor of this process with that number", async () => {
    // In another Node, whose stdout the test can read.
    const child = spawnInNamespace(process.execPath, [fixturePath('inheriting')]);
    child.stdin.end('handed through');
    const {stdout, stderr} = await finished(child);
    assert.deepEqual([stdout, stderr], ['handed through', 'and the other\n']);
  });

  test('descriptors and streams of files can be given in any order, at any index', async () => {
    const files = ['a', 'b', 'c'].map(name => path.join(directory, name));
    writeFileSync(files[0]!, 'content');
    const input = openSync(files[0]!, 'r');
    const output = createWriteStream(files[1]!);
    const more = createReadStream(files[0]!);
    await Promise.all([once(output, 'open'), once(more, 'open')]);
    const child = spawnInNamespace('sh', ['-c', 'cat; echo to five >&5; cat <&7'], {
      stdio: [input, 'pipe', 'pipe', 'ignore', undefined, output, 'ignore', more],
    });
    const {code, stdout, stderr} = await finished(child);
    closeSync(input);
    output.end();
    more.destroy();
    assert.deepEqual([code, stdout, stderr], [0, 'contentcontent', '']);
    assert.equal(readFileSync(files[1]!, 'utf8'), 'to five\n');
  });

  test('descriptors 0 to 2 of this process can be exchanged', async () => {
    const file = path.join(directory, 'both');
    const fd = openSync(file, 'w');
    const {code} = await finished(
      spawnInNamespace('sh', ['-c', 'echo one; echo two >&2'], {stdio: ['ignore', fd, fd]}),
    );
    closeSync(fd);
    assert.equal(code, 0);
    assert.equal(readFileSync(file, 'utf8'), 'one\ntwo\n');
    // 1 becomes 2, and 2 becomes 1. Neither may overwrite the other first.
    const swapped = spawnInNamespace(process.execPath, [fixturePath('inheriting'), 'swapped']);
    swapped.stdin.end('x');
    const {stdout, stderr} = await finished(swapped);
    assert.deepEqual([stdout, stderr], ['and the other\n', 'x']);
  });

  test('the output of one command can be the input of another', async () => {
    const first = spawnInNamespace('sh', ['-c', 'echo between'], {stdio: ['ignore', 'pipe', 'inherit']});
    const second = spawnInNamespace('cat', [], {stdio: [first.stdout, 'pipe', 'inherit']});
    const [, {stdout}] = await Promise.all([once(first, 'exit'), finished(second)]);
    assert.equal(stdout, 'between\n');
  });

  test('pipes from 3 on are duplex, and there may be gaps between them', async () => {
    const child = spawnInNamespace('sh', ['-c', 'cat <&4 >&4; ls /proc/self/fd >&9'], {
      stdio: ['ignore', 'ignore', 'inherit', null, 'pipe', ...[5, 6, 7, 8].map(() => undefined), 'pipe'],
    });
    const duplex = child.stdio[4] as Socket;
    const other = (child.stdio as unknown as Socket[])[9]!;
    assert.ok(duplex instanceof Socket);
    const [echoed, listed] = [textOf(duplex), textOf(other)];
    duplex.end('there and back');
    assert.equal((await finished(child)).code, 0);
    assert.equal(await echoed, 'there and back');
    // The last is the descriptor of the directory itself.
    assert.equal(await listed, '0\n1\n2\n3\n4\n9\n');
  });

  test('a command can have the maximum number of descriptors', async () => {
    const stdio = Array.from({length: 200}, () => 'ignore' as const);
    const child = spawnInNamespace('bash', ['-c', 'echo far >&199'], {stdio: [...stdio.slice(0, 199), 'pipe']});
    const text = textOf((child.stdio as unknown as Socket[])[199]!);
    assert.equal((await finished(child)).code, 0);
    assert.equal(await text, 'far\n');
  });

  const others: readonly (readonly [string, SpawnOptions])[] = [
    ['with another uid', {uid: 12345, gid: 12345}],
    [
      'with mapped ids',
      {uidMap: [{containerId: 0, hostId: 100_000, size: 10}], gidMap: 'identity', namespaces: ['user', 'pid', 'mnt']},
    ],
  ];
  for (const [whose, options] of others) {
    test(`a command ${whose} may as well`, {skip: needsRoot()}, async () => {
      const child = spawnInNamespace('sh', ['-c', 'cat /dev/stdin > /dev/stdout; echo err > /dev/stderr'], options);
      child.stdin!.end('in');
      const {code, stdout, stderr} = await finished(child);
      assert.deepEqual([code, stdout, stderr], [0, 'in', 'err\n']);
    });
  }

  test('a command may open /dev/stdin, /dev/stdout and /dev/stderr', async () => {
    const child = spawnInNamespace('sh', ['-c', 'cat /dev/stdin > /dev/stdout; echo err > /dev/stderr']);
    child.stdin.end('x');
    const {stdout, stderr} = await finished(child);
    assert.deepEqual([stdout, stderr], ['x', 'err\n']);
  });
});

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test('a command that does not read its input does no harm', () =>
  leavesNothing(async () => {
    const child = spawnInNamespace('true');
    const failed: string[] = [];
    child.stdin.on('error', (error: NodeJS.ErrnoException) => failed.push(error.code!));
    child.stdin.write(Buffer.alloc(4 << 20));
    assert.equal((await finished(child)).code, 0);
    assert.ok(
      failed.every(code => ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(code)),
      failed.join(),
    );
  }));

// The descriptors of the command have other numbers than nsinit's copies.
test('a descriptor that a command closes is closed, whatever its number', async () => {
  await using sandbox = await createSandbox();
  // An ordinary user may not read nsinit's descriptors.
  const held = (): string[] => (isRoot ? readdirSync(`/proc/${sandbox.pid}/fd`) : []);
  const before = held();
  for (const start of [spawnInNamespace, sandbox.spawn.bind(sandbox)]) {
    const child = start('bash', ['-c', 'exec 6>&- 7>&- 8>&-; read line'], {
      stdio: ['pipe', 'ignore', 'ignore', 'ignore', 'ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    });
    const streams = (child.stdio as unknown as Readable[]).slice(6);
    await Promise.all(streams.map(stream => once(stream.resume(), 'end')));
    assert.equal(child.exitCode, null);
    child.stdin!.end('go on\n');
    assert.equal((await finished(child)).code, 0);
  }
  assert.deepEqual(held(), before);
});

test('a command sees the end of its input, and Node sees the end of its output', async () => {
  const child = spawnInNamespace('sh', ['-c', 'cat >/dev/null; exec >&-; read line <&3'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  child.stdin!.end('x');
  child.stdout!.resume();
  await once(child.stdout!, 'end');
  assert.equal(child.exitCode, null);
  (child.stdio[3] as Writable).end('\n');
  assert.equal((await finished(child)).code, 0);
});

test('1 GB passes through a command intact, and memory does not grow', async () => {
  const size = scaled(1 << 10) << 20;
  const block = randomFillSync(Buffer.alloc(1 << 20));
  const sent = createHash('sha1');
  const received = createHash('sha1');
  const before = process.memoryUsage().rss;
  let max = 0;
  const child = spawnInNamespace('cat');
  async function* blocks(): AsyncGenerator<Buffer> {
    for (let index = 0; index < size / block.length; index++) {
      block.writeUInt32LE(index);
      // A copy, because the buffer is reused while the write is pending.
      const copy = Buffer.from(block);
      sent.update(copy);
      yield copy;
    }
  }
  const sending = pipeline(blocks, child.stdin);
  let length = 0;
  let chunks = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    received.update(chunk);
    length += chunk.length;
    if (++chunks % 256 === 0) max = Math.max(max, process.memoryUsage.rss());
  }
  await sending;
  assert.equal(length, size);
  assert.equal(received.digest('hex'), sent.digest('hex'));
  // The memory of the pipes and buffers, and of what has not been collected yet.
  assert.ok(max > before && max - before < 300 << 20, `${max - before} bytes more`);
});

test('a command whose output is not read has to wait', async () => {
  const child = spawnInNamespace('sh', ['-c', 'dd if=/dev/zero bs=1M count=64 2>/dev/null; echo done >&2']);
  let isDone = false;
  child.stderr.once('data', () => {
    isDone = true;
  });
  await once(child, 'spawn');
  // The command fills the pipe and no more, although the event loop runs.
  child.stdout.once('readable', () => {});
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  assert.equal(isDone, false);
  assert.ok(child.stdout.readableLength <= 2 << 20, `${child.stdout.readableLength}`);
  let length = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) length += chunk.length;
  assert.equal(length, 64 << 20);
});
