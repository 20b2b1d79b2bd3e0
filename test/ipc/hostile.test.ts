// A command that violates the format loses its channel, and does not affect the program.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {serialize} from 'node:v8';
import {createSandbox, forkInNamespace, type NamespacedProcess, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {scaled} from '../helpers/time.js';
import {echoed, ended, eventsOf, fixture, modes, nextMessage} from './helpers.js';

/** A command that writes bytes (given as base64) to its channel, and continues to run. */
function writing(bytes: Buffer, options: SpawnOptions = {}): NamespacedProcess {
  return spawnInNamespace('sh', ['-c', 'base64 -d >&3; exec sleep 1000 3>&-'], {
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    ...options,
  }).on('spawn', function (this: NamespacedProcess) {
    // The command may lose its channel before it has written everything.
    this.stdin!.on('error', () => {}).end(bytes.toString('base64'));
  });
}

function framed(value: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
}

const cases: [name: string, serialization: 'json' | 'advanced', bytes: Buffer, code: string][] = [
  ['garbage', 'json', Buffer.from('1\n2\n\xff{\n3\n', 'latin1'), 'ERR_IPC_INVALID_MESSAGE'],
  ['an empty line', 'json', Buffer.from('1\n2\n\n'), 'ERR_IPC_INVALID_MESSAGE'],
  ['a line without an end', 'json', Buffer.from(`1\n2\n${'x'.repeat(2_000_000)}`), 'ERR_IPC_MESSAGE_TOO_LARGE'],
  ['a large line', 'json', Buffer.from(`1\n2\n"${'x'.repeat(1_000_000)}"\n`), 'ERR_IPC_MESSAGE_TOO_LARGE'],
  ['a huge length', 'advanced', Buffer.from('ffffffff00', 'hex'), 'ERR_IPC_MESSAGE_TOO_LARGE'],
  ['a length of nothing', 'advanced', Buffer.from('00000000', 'hex'), 'ERR_IPC_INVALID_MESSAGE'],
  ['no version', 'advanced', framed(Buffer.from('zzzz')), 'ERR_IPC_INVALID_MESSAGE'],
  ['half a value', 'advanced', framed(serialize({a: ['text']}).subarray(0, 8)), 'ERR_IPC_INVALID_MESSAGE'],
  [
    'a view longer than its bytes',
    'advanced',
    framed(Buffer.from('ff0f5c0001ffffffff0f', 'hex')),
    'ERR_IPC_INVALID_MESSAGE',
  ],
  ['a view of no known kind', 'advanced', framed(Buffer.from('ff0f5c00630100', 'hex')), 'ERR_IPC_INVALID_MESSAGE'],
  ['an unknown tag', 'advanced', framed(Buffer.from('ff0f5c09', 'hex')), 'ERR_IPC_INVALID_MESSAGE'],
  ['a dense array of 4 billion', 'advanced', framed(Buffer.from('ff0f41ffffffff0f', 'hex')), 'ERR_IPC_INVALID_MESSAGE'],
  [
    'values in values without end',
    'advanced',
    framed(Buffer.from(`ff0f${'6f2201'.repeat(300_000)}`, 'hex')),
    'ERR_IPC_INVALID_MESSAGE',
  ],
];

for (const [name, serialization, bytes, code] of cases) {
  test(`${serialization}, ${name}: 'error' and 'disconnect' are emitted, and the command continues`, async () => {
    const child = writing(bytes, {serialization, maxMessageSize: 1_000_000});
    const received: unknown[] = [];
    child.on('message', message => received.push(message));
    const disconnected = new Promise(resolve => child.once('disconnect', resolve));
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, code);
    await disconnected;
    // Complete messages before it have arrived.
    assert.deepEqual(received, serialization === 'json' ? [1, 2] : []);
    assert.deepEqual([child.connected, child.channel, child.exitCode], [false, null, null]);
    child.kill('SIGKILL');
    assert.deepEqual(await ended(child, 'close'), [null, 'SIGKILL']);
  });
}

test('invalid data does not end a program without a listener for errors', async () => {
  const child = writing(Buffer.from('garbage\n'));
  await ended(child, 'disconnect');
  child.kill('SIGKILL');
  await ended(child, 'close');
});

test('an announced length takes no memory', () => {
  // 2 GB are announced, which is within the limit. The process has only 600 MB of memory.
  const script = `import {once} from 'node:events';
    import {spawnInNamespace} from 'namespawn';
    const child = spawnInNamespace('sh', ['-c', 'printf "\\\\177\\\\377\\\\377\\\\377abc" >&3; read x'],
      {stdio: ['pipe', 1, 2, 'ipc'], serialization: 'advanced', maxMessageSize: 0x7fffffff});
    await once(child, 'spawn');
    const before = process.memoryUsage().rss;
    child.stdin.end();
    await once(child, 'close');
    console.log(process.memoryUsage().rss - before < 50e6);`;
  const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {encoding: 'utf8'});
  assert.equal(stdout, 'true\n', stderr);
});

test('messages that are sent byte by byte arrive, and do not cost a Buffer for each byte', async () => {
  for (const serialization of modes) {
    const payload = {text: 'ü'.repeat(500), n: [1, 2, 3]};
    const bytes = serialization === 'json' ? Buffer.from(`${JSON.stringify(payload)}\n`) : framed(serialize(payload));
    const child = spawnInNamespace('sh', ['-c', 'dd bs=1 status=none >&3'], {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
      serialization,
    });
    const message = nextMessage(child);
    child.stdin!.end(bytes);
    assert.deepEqual(await message, payload);
    assert.deepEqual(await ended(child, 'close'), [0, null]);
  }
});

test('messages without a listener make the command wait, and are emitted once there is a listener', async () => {
  // More than the channel buffers, and more than is kept for a later listener.
  const size = Math.max(8_000_000, scaled(40_000_000));
  const child = spawnInNamespace('sh', ['-c', `yes '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"' | head -c ${size} >&3`], {
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'spawn');
  // A second command writes as much to /dev/null. When it has ended, the first one would have ended as well if nothing had stopped it.
  await ended(spawnInNamespace('sh', ['-c', `yes '"x"' | head -c ${size} >/dev/null`]), 'close');
  assert.equal(child.exitCode, null);
  let count = 0;
  child.on('message', () => count++);
  await ended(child, 'close');
  assert.equal(count, size / 32);
});

test('messages without a listener do not delay the end', async () => {
  const child = spawnInNamespace('sh', ['-c', 'yes 1 >&3'], {stdio: ['pipe', 'inherit', 'inherit', 'ipc']});
  const {names, closed} = eventsOf(child);
  child.removeAllListeners('message');
  await once(child, 'spawn');
  child.kill('SIGKILL');
  await closed;
  assert.deepEqual(names.toSorted(), ['close', 'disconnect', 'exit', 'spawn']);
});

test('a handle from inside is refused: Node inside tries again, emits a warning, and continues', async () => {
  for (const serialization of modes) {
    const child = forkInNamespace(fixture('answerer'), [], {serialization});
    const received: unknown[] = [];
    const all = new Promise<void>(resolve => {
      child.on('message', message => {
        received.push(message);
        if (received.length === 2) resolve();
      });
    });
    let handles = 0;
    child.on('internalMessage', ({cmd}: {cmd: string}) => {
      if (cmd === 'NODE_HANDLE') handles++;
    });
    child.send({do: 'handle'});
    await all;
    assert.deepEqual(received, ['after the socket', {warning: 'SentHandleNotReceivedWarning'}]);
    assert.equal(handles, 4);
    child.kill('SIGKILL');
    await ended(child, 'close');
  }
});

test('many announcements of handles, and replies to none, do no harm', async () => {
  const lines = ['NODE_HANDLE', 'NODE_HANDLE_ACK', 'NODE_HANDLE_NACK'].map(cmd => `${JSON.stringify({cmd, msg: 1})}\n`);
  const expected = 3 * scaled(50_000);
  const child = writing(Buffer.from(lines.join('').repeat(expected / 3)));
  let count = 0;
  const all = new Promise<void>(resolve => {
    child.on('internalMessage', () => {
      if (++count === expected) resolve();
    });
  });
  await all;
  child.kill('SIGKILL');
  await ended(child, 'close');
});

test('in a sandbox, a process that the command leaves with the channel does not delay its close', async () => {
  const sandbox = await createSandbox();
  const child = sandbox.spawn('sh', ['-c', 'sleep 1000 & echo 1 >&3'], {stdio: ['ignore', 'ignore', 'ignore', 'ipc']});
  const received: unknown[] = [];
  child.on('message', message => received.push(message));
  await ended(child, 'close');
  assert.deepEqual([received, child.connected], [[1], false]);
  const node = sandbox.fork(fixture('answerer'), [], {serialization: 'advanced'});
  assert.deepEqual(await echoed(node, new Map([[1, 2]]) as never), new Map([[1, 2]]));
  node.disconnect();
  assert.deepEqual(await ended(node, 'close'), [0, null]);
  await sandbox.close();
});
