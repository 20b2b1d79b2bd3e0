// When output is read, and which streams a program may put in the place of a command's.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {PassThrough, Transform} from 'node:stream';
import {text} from 'node:stream/consumers';
import {describe, test} from 'node:test';
import {createSandbox, forkInNamespace, type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {fixturePath} from '../helpers/fixtures.js';

const places: readonly {name: string; options: SpawnOptions}[] = [
  {name: 'in namespaces', options: {}},
  {name: 'without a PID namespace', options: {namespaces: ['uts']}},
];
const many = <T>(start: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({length: 50}, start));

for (const {name, options} of places) {
  describe(name, () => {
    test("output that has arrived is read before 'exit'", async () => {
      const seen = await many(async () => {
        const child = spawnInNamespace('echo', ['foo'], options);
        let output = '';
        child.stdout!.on('data', chunk => {
          output += chunk;
        });
        await once(child, 'exit');
        return output;
      });
      assert.deepEqual(new Set(seen), new Set(['foo\n']));
    });

    test('output is not lost where another stream is read to its end first', async () => {
      const seen = await many(async () => {
        const child = spawnInNamespace('echo', ['foo'], options);
        return [await text(child.stderr!), await text(child.stdout!)].join();
      });
      assert.deepEqual(new Set(seen), new Set([',foo\n']));
    });
  });
}

test("output that has arrived is read before 'exit' in a sandbox, and what nobody reads is drained", async () => {
  await using sandbox = await createSandbox();
  const seen = await many(async () => {
    const child = sandbox.spawn('echo', ['foo']);
    return [await text(child.stderr!), await text(child.stdout!)].join();
  });
  assert.deepEqual(new Set(seen), new Set([',foo\n']));
  await closed(sandbox.spawn('seq', ['1', '100000']));
});

test("the last message is emitted before 'exit'", async () => {
  const seen = await Promise.all(
    Array.from({length: 10}, async () => {
      const child = forkInNamespace(fixturePath('last-message'), [], {silent: true});
      const events: string[] = [];
      for (const event of ['message', 'disconnect', 'exit']) child.on(event, () => events.push(event));
      await closed(child);
      return events[0];
    }),
  );
  assert.deepEqual(new Set(seen), new Set(['message']));
});

describe('a program that puts other streams into the place of those of a child', () => {
  // As execa 9 and 10 do for transforms.
  const replace = (child: NamespacedProcess, fd: number, stream: Transform): void => {
    Object.assign(child.stdio, {[fd]: stream});
    Object.assign(child, {[['stdin', 'stdout', 'stderr'][fd]!]: stream});
  };
  const upper = (): Transform =>
    new Transform({transform: (chunk, _, callback) => callback(null, String(chunk).toUpperCase())});

  test('reads the output through them', async () => {
    const child = spawnInNamespace('echo', ['foo']);
    const stream = upper();
    child.stdout!.pipe(stream);
    replace(child, 1, stream);
    const close = closed(child);
    assert.equal(await text(stream), 'FOO\n');
    assert.deepEqual(await close, [0, null]);
  });

  test("receives 'close' if it does not read them", async () => {
    const child = spawnInNamespace('seq', ['1', '100000']);
    const stream = new PassThrough();
    child.stdout!.pipe(stream);
    replace(child, 1, stream);
    assert.deepEqual(await closed(child), [0, null]);
  });

  test('or nothing that could be a stream', async () => {
    const child = spawnInNamespace('cat');
    const {stdin} = child;
    Object.assign(child, {stdio: null, stdin: null, stdout: null, stderr: null, connected: true, hostPid: undefined});
    stdin!.end();
    assert.deepEqual(await closed(child), [0, null]);
  });
});
