// Each command of a sandbox has its own settings.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import {test} from 'node:test';
import {createSandbox} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {statusOf} from '../helpers/processes.js';
import {needsRoot} from '../helpers/requirements.js';

test('each command has its own stdio', async () => {
  await using sandbox = await createSandbox();
  const run = (text: string) => sandbox.run('sh', ['-c', 'cat; echo "$0" >&2', text], {input: text});
  const results = await Promise.all(['one', 'two', 'three'].map(run));
  assert.deepEqual(
    results.map(({stdout, stderr}) => `${stdout} ${stderr}`),
    ['one one\n', 'two two\n', 'three three\n'],
  );
});

test('each command has its own descriptors beyond the first three', async () => {
  await using sandbox = await createSandbox();
  const child = sandbox.spawn('sh', ['-c', 'read line <&3; echo "$line" >&3'], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[3] as Duplex;
  pipe.write('there\n');
  const [line] = await once(pipe, 'data');
  assert.equal(String(line), 'there\n');
  await finished(child);
});

test('each command has its own directory and environment', async () => {
  await using sandbox = await createSandbox();
  const run = (cwd: string, MINE: string) =>
    sandbox.run('/bin/sh', ['-c', 'echo $(pwd) $MINE $HOME'], {cwd, env: {MINE}});
  assert.equal((await run('/tmp', 'a')).stdout, '/tmp a\n');
  assert.equal((await run('/', 'b')).stdout, '/ b\n');
});

test('each command has its own limits', async () => {
  await using sandbox = await createSandbox();
  const limited = await sandbox.run('sh', ['-c', 'ulimit -Sn'], {rlimits: {nofile: {soft: 64, hard: 64}}});
  const free = await sandbox.run('sh', ['-c', 'ulimit -Sn']);
  assert.equal(limited.stdout, '64\n');
  assert.notEqual(free.stdout, '64\n');
});

test('each command has its own ids', {skip: needsRoot()}, async () => {
  await using sandbox = await createSandbox();
  const children = [1001, 1002].map(id =>
    sandbox.spawn('cat', {stdio: ['pipe', 'ignore', 'ignore'], uid: id, gid: id}),
  );
  await Promise.all(children.map(child => once(child, 'spawn')));
  assert.deepEqual(
    children.map(child => statusOf(child.hostPid!).Uid!.split('\t')[0]),
    ['1001', '1002'],
  );
  const ends = children.map(finished);
  for (const child of children) child.stdin!.end();
  for (const end of ends) assert.equal((await end).code, 0);
});

test('ids that are not mapped fail only the command that has them', async () => {
  await using sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'});
  const {error} = await finished(sandbox.spawn('true', {stdio: 'ignore', uid: 12345}));
  assert.deepEqual([error?.step, error?.code], ['uid', 'EINVAL']);
  await sandbox.run('true', {uid: 0, gid: 0});
});

test('a timeout ends only its command', async () => {
  await using sandbox = await createSandbox();
  const long = sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'});
  const result = await sandbox.run('sleep', ['1000'], {timeout: 20, reject: false});
  assert.deepEqual([result.timedOut, result.signal], [true, 'SIGTERM']);
  assert.equal(long.exitCode, null);
  long.kill();
  await finished(long);
});

test('a failure affects only its command', async () => {
  await using sandbox = await createSandbox();
  const missing = await finished(sandbox.spawn('/no-such-command', {stdio: 'ignore'}));
  assert.deepEqual([missing.error?.code, missing.error?.syscall], ['ENOENT', 'spawn /no-such-command']);
  const directory = await finished(sandbox.spawn('true', {stdio: 'ignore', cwd: '/no-such-directory'}));
  assert.deepEqual([directory.error?.code, directory.error?.step], ['ENOENT', 'cwd']);
  const closed = await finished(sandbox.spawn('true', {stdio: ['ignore', 'ignore', 'ignore', 999]}));
  assert.deepEqual([closed.error?.code, closed.error?.step, closed.error?.index], ['EBADF', 'stdio', 3]);
  await sandbox.run('true');
});
