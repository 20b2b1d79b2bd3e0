// The option `collect` of runInNamespace() and of a sandbox's run().
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {createSandbox, type RunOptions, type RunResult, runInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {childrenOf, isThere} from '../helpers/processes.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {contained, places, refusal, sandboxWith} from './inside.js';

const ownMnt = 'mount -t tmpfs -o mode=1777 none /mnt; cd /mnt; ';
const contents = ({files}: Pick<RunResult, 'files'>): Record<string, string> =>
  Object.fromEntries([...files].map(([name, {content}]) => [name, `${content}`]));
const reasons = ({filesLeftOut}: Pick<RunResult, 'filesLeftOut'>): Record<string, string> =>
  Object.fromEntries(filesLeftOut.map(({path: name, code}) => [name, code]));

for (const {name, options} of places) {
  const run = (script: string, more: RunOptions) =>
    runInNamespace('sh', ['-c', ownMnt + script], {...(options as RunOptions), ...more});

  describe(`collect, as ${name}`, () => {
    test('files of a file system that ends with the command are in the result', async () => {
      const result = await run(
        'mkdir -p out/deep; echo 1 > out/a.txt; printf 2 > out/b.md; chmod 4755 out/b.md; echo 3 > out/deep/c.txt',
        {
          collect: ['/mnt/out/*.{txt,md}', '/mnt/**/c.txt', '/mnt/none/*'],
        },
      );
      assert.deepEqual(contents(result), {'/mnt/out/a.txt': '1\n', '/mnt/out/b.md': '2', '/mnt/out/deep/c.txt': '3\n'});
      assert.equal(result.files.get('/mnt/out/b.md')!.mode, 0o4755);
      assert.deepEqual(result.filesLeftOut, []);
      assert.equal(result.failed, false);
    });

    test('what is no regular file is left out, and so is what a link leads to', async () => {
      const result = await run(
        'mkdir out; ln -s /etc/passwd out/l; mkfifo out/f; mkdir out/d; echo x > out/x; ln -s /etc linked',
        {
          collect: ['/mnt/out/*', '/mnt/linked/passwd', '/mnt/*/hostname'],
        },
      );
      assert.deepEqual(contents(result), {'/mnt/out/x': 'x\n'});
      assert.deepEqual(reasons(result), {'/mnt/out/l': 'ELOOP', '/mnt/out/f': 'EINVAL', '/mnt/linked': 'ELOOP'});
    });

    test('a huge sparse file, and what exceeds the sum, are left out, and smaller ones are not', async () => {
      const result = await run(
        'truncate -s 1T a; head -c 60 /dev/zero > b; head -c 60 /dev/zero > c; head -c 40 /dev/zero > d',
        {
          collect: {patterns: ['/mnt/?'], maxSize: 100},
        },
      );
      const sizes = [...result.files.values()].map(({content}) => content.length).sort();
      assert.deepEqual(sizes, [40, 60]);
      assert.deepEqual(Object.values(reasons(result)), ['EFBIG', 'EFBIG']);
    });

    test('of 100,000 files no more are collected, or mentioned, than are wanted', async () => {
      const result = await run(
        'mkdir m f; (cd m; seq 100000 | xargs touch); for i in $(seq 1 1100); do echo f/$i; done | xargs mkfifo',
        {
          collect: {patterns: ['/mnt/m/*'], maxFiles: 7},
        },
      );
      assert.deepEqual([result.files.size, Object.values(reasons(result))], [7, ['EOVERFLOW']]);
      const fifos = await run('mkdir f; for i in $(seq 1 1100); do echo f/$i; done | xargs mkfifo', {
        collect: ['/mnt/f/*'],
      });
      assert.deepEqual([fifos.files.size, fifos.filesLeftOut.length], [0, 1001]);
      assert.equal(fifos.filesLeftOut.at(-1)!.code, 'EOVERFLOW');
    });

    test('hidden files have to be named, and names may have any bytes', async () => {
      const script = `mkdir -p .h; touch .h/x .y z "$(printf 'a\\nb')" "$(printf '\\377')"`;
      assert.deepEqual([...(await run(script, {collect: ['/mnt/**']})).files.keys()], ['/mnt/a\nb', '/mnt/z']);
      assert.deepEqual(
        [...(await run(script, {collect: ['/mnt/.*', '/mnt/.h/*']})).files.keys()],
        ['/mnt/.h/x', '/mnt/.y'],
      );
      assert.deepEqual(reasons(await run(script, {collect: ['/mnt/*']})), {'/mnt/\ufffd': 'EILSEQ'});
    });

    test('the files of a command that fails, that is killed, or that leaves processes, are collected', async () => {
      const failed = await run('echo x > x; exit 3', {collect: ['/mnt/x'], reject: false});
      assert.deepEqual(
        [failed.exitCode, failed.shortMessage, contents(failed)],
        [3, "'sh' exited with 3", {'/mnt/x': 'x\n'}],
      );
      const error = await refusal(run('echo x > x; kill -9 $$', {collect: ['/mnt/x']}));
      assert.deepEqual(contents(error as unknown as RunResult), {'/mnt/x': 'x\n'});
      const late = await run('echo x > x; exec sleep 1000', {collect: ['/mnt/x'], reject: false, timeout: 1000});
      assert.deepEqual([late.timedOut, contents(late)], [true, {'/mnt/x': 'x\n'}]);
      const busy = await run('(while :; do date >> x; done) & while [ ! -s x ]; do :; done', {collect: ['/mnt/x']});
      assert.ok(busy.files.get('/mnt/x')!.content.length > 0);
      assert.deepEqual(childrenOf(), []);
    });

    test('nothing is left', () =>
      leavesNothing(async () => {
        await run('echo x > x', {collect: ['/mnt/*']});
        await run('exit 1', {collect: ['/mnt/*'], reject: false});
        await refusal(runInNamespace('/no/such/command', [], {collect: ['/mnt/*']}));
        await refusal(runInNamespace('true', [], {collect: ['/mnt/*'], cwd: '/no/such/folder'}));
        await run('sleep 1000', {collect: ['/mnt/*'], reject: false, signal: AbortSignal.timeout(200)});
      }));

    test('a sandbox goes on, and its other processes do', async () => {
      await using sandbox = await sandboxWith('mkdir out', options);
      const other = sandbox.spawn('sleep', ['1000']);
      const result = await sandbox.run('sh', ['-c', 'echo $$ > one'], {cwd: '/mnt/out', collect: ['*']});
      assert.deepEqual(Object.keys(contents(result)), ['one']);
      assert.equal(other.exitCode, null);
      assert.deepEqual((await sandbox.run('true', {cwd: '/mnt/out'})).files, new Map());
      assert.equal((await sandbox.list('/mnt/out')).length, 1);
    });
  });
}

test('patterns are relative to the working directory', async () => {
  const folder = `/tmp/namespawn-test-${process.pid}`;
  const script = `mkdir -p ${folder}/out; cd ${folder}; echo x > out/x`;
  await runInNamespace('sh', ['-c', script]);
  const given = await runInNamespace('true', [], {cwd: folder, collect: ['out/*', './out//x']});
  assert.deepEqual(contents(given), {'out/x': 'x\n'});
  const inherited = await runInNamespace('true', [], {collect: ['package.json']});
  assert.ok(inherited.files.has('package.json'));
  const removed = await runInNamespace('rm', ['-r', folder], {cwd: folder, collect: ['out/*'], reject: false});
  assert.deepEqual([contents(removed), reasons(removed)], [{}, {[folder]: 'ENOENT'}]);
});

test('inits that wait, that are outside, and that join, are released as well', async () => {
  const variants: RunOptions[] = [
    {init: false},
    {init: {waitForAll: true}},
    {namespaces: ['mnt', 'user'], uidMap: 'root'},
    {namespaces: {pid: 'new', mnt: {path: '/proc/self/ns/mnt'} as never}},
    {detached: true},
  ];
  for (const variant of variants) {
    const skip = !isRoot && 'namespaces' in variant && !Array.isArray(variant.namespaces);
    if (skip) continue;
    const result = await runInNamespace('sh', ['-c', 'exit 0'], {...variant, collect: ['/etc/passwd']});
    assert.deepEqual([...result.files.keys()], ['/etc/passwd'], JSON.stringify(variant));
  }
  assert.deepEqual(childrenOf(), []);
});

test('root outside reads nothing for a command that it may not read itself', {skip: needsRoot()}, async () => {
  const folder = fileURLToPath(new URL(`secret-${process.pid}`, import.meta.url));
  mkdirSync(folder, {mode: 0o755});
  const secret = path.join(folder, 'secret');
  writeFileSync(secret, 'secret', {mode: 0o600});
  const script = `${ownMnt} echo > out; mount --bind ${secret} out; mkdir d; mount --rbind ${folder} d`;
  const result = await runInNamespace('sh', ['-ec', script], {
    ...(contained as RunOptions),
    collect: ['/mnt/out', '/mnt/d/*'],
  });
  assert.deepEqual([contents(result), reasons(result)], [{}, {'/mnt/out': 'EACCES', '/mnt/d/secret': 'EACCES'}]);
  const other = await runInNamespace('true', {uid: 1000, gid: 1000, collect: [secret, '/etc/passwd']});
  assert.deepEqual([[...other.files.keys()], reasons(other)], [['/etc/passwd'], {[secret]: 'EACCES'}]);
  await runInNamespace('rm', ['-r', folder]);
});

test('a worker that is stopped makes the run fail in time, with all that is known of the command', async () => {
  const sandbox = await createSandbox(contained);
  await sandbox.run('sh', ['-c', `${ownMnt} head -c 30000000 /dev/zero > large`]);
  const run = sandbox.run('true', {collect: {patterns: ['/mnt/large'], timeout: 1000}, reject: false});
  run.child.once('exit', () => {
    for (let worker: number | undefined; worker === undefined; ) {
      worker = sandbox.processes().find(({name}) => name === 'nsinit-files')?.pid;
      if (worker !== undefined) process.kill(worker, 'SIGSTOP');
    }
  });
  const result = await run;
  assert.deepEqual([result.failed, result.exitCode, result.code, result.step], [true, 0, 'ETIMEDOUT', 'collect']);
  assert.match(result.shortMessage!, /could not be collected/);
  await sandbox.close();
});

test('an init that outlives Node does not wait for it', async () => {
  const fixture = startFixture('collecting');
  const {pid, hostPid} = await fixture.next<{pid: number; hostPid: number}>();
  fixture.process.kill('SIGKILL');
  await once(fixture.process, 'exit');
  assert.ok(isThere(pid) && isThere(hostPid));
  process.kill(hostPid, 'SIGKILL');
  await eventually(() => assert.equal(isThere(pid), false));
});

test('bad options are refused', () => {
  const refused = (collect: unknown, code: string) =>
    assert.throws(() => runInNamespace('true', {collect} as RunOptions), {code});
  refused('out/*', 'ERR_INVALID_ARG_TYPE');
  refused([1], 'ERR_INVALID_ARG_TYPE');
  refused(['../x'], 'ERR_INVALID_ARG_VALUE');
  refused([''], 'ERR_INVALID_ARG_VALUE');
  refused({patterns: ['x'], maxsize: 1}, 'ERR_INVALID_ARG_VALUE');
  refused({patterns: ['x'], maxSize: -1}, 'ERR_OUT_OF_RANGE');
  refused([Array(65).fill('a').join('/')], 'ERR_INVALID_ARG_VALUE');
});
