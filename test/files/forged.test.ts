// A worker that was taken over sends whatever it likes: Node refuses it, or takes it for what is inside, and keeps no more than was asked for.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {spawnInNamespace} from 'namespawn';
import {collect} from '../../dist/start/files/collect.js';
import {list, readFile} from '../../dist/start/files/files.js';
import {RecordReader} from '../../dist/start/files/records.js';
import type {StartWorker} from '../../dist/start/files/worker.js';
import {refusal} from './inside.js';

/** A record: src-native/protocol/files.h. */
function record(kind: number, name = '', fields: {content?: number; size?: number; error?: number} = {}): Buffer {
  const head = Buffer.alloc(48);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(name.length, 4);
  head.writeUInt32LE(fields.content ?? 0, 8);
  head.writeUInt32LE(0o100644, 12);
  head.writeBigUInt64LE(BigInt(fields.size ?? 0), 24);
  head.writeInt32LE(fields.error ?? 0, 40);
  return Buffer.concat([head, Buffer.from(name), Buffer.alloc(fields.content ?? 0)]);
}

const [entry, content, skipped, failed, done] = [1, 2, 3, 4, 5] as const;

/** A worker that repeats some bytes for ever. */
function forger(bytes: Buffer): StartWorker {
  const script = `const b = Buffer.from('${bytes.toString('base64')}', 'base64'); for (;;) require('fs').writeSync(1, b)`;
  return () => spawnInNamespace(process.execPath, ['-e', script], {stdio: ['ignore', 'pipe', 'ignore']});
}

/** A worker that sends some bytes and ends. */
function sender(...records: Buffer[]): StartWorker {
  const script = `process.stdout.write(Buffer.from('${Buffer.concat(records).toString('base64')}', 'base64'))`;
  return () => spawnInNamespace(process.execPath, ['-e', script], {stdio: ['ignore', 'pipe', 'ignore']});
}

const wanted = {patterns: ['*'], maxSize: 1000, maxFiles: 10, timeout: undefined};

const floods: Record<string, Buffer> = {
  entries: record(entry, 'x', {size: 2 ** 40}),
  content: Buffer.concat([record(entry, 'x'), record(content, '', {content: 60_000})]),
  skipped: record(skipped, 'x', {error: 13}),
  nothing: record(content),
  unknown: record(77),
  'long names': Buffer.concat([record(entry), Buffer.alloc(100)]).fill(255, 4, 8),
};

for (const [name, bytes] of Object.entries(floods)) {
  test(`endless ${name}`, async () => {
    const calls = [
      readFile(forger(bytes), '/x', {maxSize: 1000, timeout: 1500}),
      list(forger(bytes), '/x', {maxEntries: 1000, timeout: 1500}),
      collect(forger(bytes), {...wanted, timeout: 1500}, {}),
    ];
    for (const error of await Promise.all(calls.map(refusal))) {
      // What only repeats that something is left out, or parts without content, costs no memory, and ends with the time.
      assert.ok(['EPROTO', 'ETIMEDOUT'].includes(error.code), `${error}`);
    }
  });
}

test('what ends without its last record, or goes on behind it, is refused', async () => {
  assert.equal((await refusal(readFile(sender(record(entry, 'x')), '/x', null))).code, 'EPROTO');
  assert.equal((await refusal(readFile(sender(record(done), record(done)), '/x', null))).code, 'EPROTO');
  assert.equal((await refusal(readFile(sender(record(failed, 'y', {error: 0})), '/x', null))).code, 'EPROTO');
  assert.equal((await refusal(readFile(sender(record(failed, 'y', {error: 5})), '/x', null))).code, 'EIO');
  assert.deepEqual(
    await readFile(sender(record(entry, 'x'), record(content, '', {content: 3}), record(done)), '/x', null),
    Buffer.alloc(3),
  );
});

test('records may come in any pieces', () => {
  const all = Buffer.concat([
    record(entry, 'name'),
    record(content, '', {content: 5}),
    record(skipped, 'n', {error: 2}),
    record(done),
  ]);
  for (let size = 1; size <= all.length; size++) {
    const seen: string[] = [];
    const reader = new RecordReader({
      entry: name => seen.push(name),
      content: bytes => seen.push(`${bytes.length}`),
      skipped: name => seen.push(name),
    });
    for (let at = 0; at < all.length; at += size) reader.push(all.subarray(at, at + size));
    const sum = seen.slice(1, -1).reduce((total, text) => total + Number(text), 0);
    assert.deepEqual([seen[0], sum, seen.at(-1), reader.isOver], ['name', 5, 'n', true]);
  }
});
