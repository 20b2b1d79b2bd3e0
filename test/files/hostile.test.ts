// What a process inside puts in the way of readFile, writeFile, list and remove: the outside is not reached, nothing blocks, and nothing of
// any size is kept.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {getNamespacePids, type Sandbox} from 'namespawn';
import {linesOf} from '../helpers/lines.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot} from '../helpers/requirements.js';
import {places, refusal, sandboxWith} from './inside.js';

// Not in /mnt, on which the sandboxes mount their own. Everybody may read it, so that only the links keep it from being read.
const outside = mkdtempSync(path.join(writable(fileURLToPath(new URL('.', import.meta.url))), 'outside-'));
chmodSync(outside, 0o755);
after(() => rmSync(outside, {recursive: true}));
const secret = path.join(outside, 'secret');
writeFileSync(secret, 'secret');

/** The machine of test:vm lets an ordinary user write to no folder of the project. */
function writable(folder: string): string {
  try {
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return tmpdir();
  }
}

const links = `
  ln -s ${secret} absolute; ln -s ../../../../..${secret} relative; ln -s ${outside} folder; ln -s /proc/1/root root
  ln -s loop loop; ln -s nowhere dangling; mkdir real; ln -s ../folder real/in-the-middle`;

const linkedPaths = [
  '/mnt/absolute',
  '/mnt/relative',
  '/mnt/folder/secret',
  `/mnt/root${secret}`,
  '/mnt/loop',
  '/mnt/real/in-the-middle/secret',
  `/proc/self/root${secret}`,
  '/proc/thread-self/cwd/x',
];

for (const {name, options} of places) {
  describe(`hostile files, as ${name}`, () => {
    test('no link is followed', async () => {
      await using sandbox = await sandboxWith(links, options);
      for (const linked of linkedPaths) {
        const error = await refusal(sandbox.readFile(linked));
        assert.deepEqual([linked, error.code, error.step, error.path], [linked, 'ELOOP', 'readFile', linked]);
        assert.match(error.hint!, /link/);
        assert.equal((await refusal(sandbox.writeFile(linked, 'x'))).code, 'ELOOP', linked);
        assert.equal((await refusal(sandbox.list(linked))).code, 'ELOOP', linked);
      }
      assert.equal((await refusal(sandbox.writeFile('/mnt/dangling', 'x'))).code, 'ELOOP');
      assert.equal((await refusal(sandbox.writeFile('/mnt/folder/new/x', 'x', {recursive: true}))).code, 'ELOOP');
      assert.equal((await refusal(sandbox.remove('/mnt/folder/secret'))).code, 'ELOOP');
      assert.deepEqual(
        await sandbox.list('/mnt/real', {pattern: 'in-the-middle/**'}).catch(error => error.code),
        'ELOOP',
      );
      await sandbox.remove('/mnt/folder', {recursive: true});
      assert.deepEqual([readdirSync(outside), readFileSync(secret, 'utf8')], [['secret'], 'secret']);
    });

    test('a magic link is not followed', async () => {
      await using sandbox = await sandboxWith('', options);
      const child = sandbox.spawn('sleep', ['1000'], {cwd: '/'});
      await once(child, 'spawn');
      for (const link of ['root/etc/passwd', 'cwd/etc/passwd', 'exe', 'fd/0']) {
        assert.equal((await refusal(sandbox.readFile(`/proc/${child.namespacePid}/${link}`))).code, 'ELOOP', link);
      }
      child.kill('SIGKILL');
    });

    test('a FIFO, a socket and a folder are not opened', async () => {
      await using sandbox = await sandboxWith(
        `mkfifo fifo; mkdir folder; ${process.execPath} -e "require('net').createServer().listen('socket', () => process.exit())"; ls`,
        options,
      );
      for (const [file, code] of [
        ['fifo', 'EINVAL'],
        ['folder', 'EISDIR'],
      ] as const) {
        assert.equal((await refusal(sandbox.readFile(`/mnt/${file}`))).code, code);
        assert.equal((await refusal(sandbox.writeFile(`/mnt/${file}`, 'x'))).code, code);
      }
      await sandbox.remove('/mnt/fifo');
    });

    test('a file that is too large is not read, however sparse it is', async () => {
      await using sandbox = await sandboxWith(
        'truncate -s 1T huge; truncate -s 100M large; head -c 11 /dev/zero > eleven',
        options,
      );
      const error = await refusal(sandbox.readFile('/mnt/huge'));
      assert.deepEqual([error.code, error.step, error.path], ['EFBIG', 'readFile', '/mnt/huge']);
      assert.match(error.hint!, /maxSize/);
      assert.equal((await refusal(sandbox.readFile('/mnt/large'))).code, 'EFBIG');
      assert.equal((await refusal(sandbox.readFile('/mnt/eleven', {maxSize: 10}))).code, 'EFBIG');
      assert.equal((await sandbox.readFile('/mnt/eleven', {maxSize: 11})).length, 11);
    });

    test('of 100,000 files no more are listed than are wanted, and all of them are removed', async () => {
      await using sandbox = await sandboxWith('mkdir many; cd many; seq 100000 | xargs touch', options);
      const error = await refusal(sandbox.list('/mnt/many'));
      assert.deepEqual([error.code, error.step, error.path], ['EOVERFLOW', 'list', '/mnt/many']);
      assert.equal((await sandbox.list('/mnt/many', {maxEntries: 100_000})).length, 100_000);
      assert.deepEqual(
        (await sandbox.list('/mnt/many', {pattern: '4217'})).map(({path: name}) => name),
        ['4217'],
      );
      await sandbox.remove('/mnt/many', {recursive: true});
      assert.deepEqual(await sandbox.list('/mnt'), []);
    });

    test('folders of any depth are removed, and a path that is too long is refused', async () => {
      await using sandbox = await sandboxWith(
        `${process.execPath} -e "for (let i = 0; i < 5000; i++) { fs.mkdirSync('d'); process.chdir('d'); fs.writeFileSync('f', '') }"`,
        options,
      );
      assert.equal((await refusal(sandbox.list('/mnt', {pattern: '**'}))).code, 'ENAMETOOLONG');
      assert.equal((await sandbox.list('/mnt', {pattern: 'd/d/*'})).length, 2);
      const long = `/mnt${'/d'.repeat(3000)}`;
      assert.equal((await refusal(sandbox.readFile(long))).code, 'ENAMETOOLONG');
      await sandbox.remove('/mnt/d', {recursive: true});
      assert.deepEqual(await sandbox.list('/mnt'), []);
    });

    test('names may have newlines, and bytes that are no text', async () => {
      await using sandbox = await sandboxWith(`touch "$(printf 'a\\nb')" "$(printf '\\377')" '*'`, options);
      const names = (await sandbox.list('/mnt')).map(({path: file}) => file).sort();
      assert.deepEqual(names, ['*', 'a\nb', '\ufffd']);
      assert.equal((await sandbox.readFile('/mnt/a\nb')).length, 0);
      assert.equal((await sandbox.list('/mnt', {pattern: '\\*'})).length, 1);
    });

    test('what is mounted inside a folder is not removed with it', async () => {
      await using sandbox = await sandboxWith('mkdir -p f/m; mount -t tmpfs none f/m; echo kept > f/m/x', options);
      const error = await refusal(sandbox.remove('/mnt/f', {recursive: true}));
      assert.deepEqual([error.code, error.step], ['EBUSY', 'remove']);
      assert.equal(await sandbox.readFile('/mnt/f/m/x', 'utf8'), 'kept\n');
    });

    test('a neighbour that exchanges a folder and a link wins nothing', async () => {
      await using sandbox = await sandboxWith(
        `mkdir inside; echo inside > inside/secret; ln -s ${outside} link`,
        options,
      );
      await race(sandbox, ['inside', 'link'], async () => {
        const seen = new Set<string>();
        for (let i = 0; i < 200; i++) {
          const read = sandbox.readFile('/mnt/inside/secret', 'utf8');
          seen.add(await read.catch(error => error.code));
          await sandbox.writeFile('/mnt/inside/new', 'x').catch(error => assert.equal(error.code, 'ELOOP'));
          await sandbox.list('/mnt/inside', {pattern: '**'}).catch(error => seen.add(error.code));
        }
        for (const outcome of seen) assert.match(outcome, /^(inside\n|ELOOP|ENOTDIR|ESTALE)$/);
      });
      assert.deepEqual([readdirSync(outside), readFileSync(secret, 'utf8')], [['secret'], 'secret']);
    });

    test('a neighbour that exchanges a file and a FIFO blocks nothing', async () => {
      await using sandbox = await sandboxWith('echo text > file; mkfifo fifo', options);
      await race(sandbox, ['file', 'fifo'], async () => {
        for (let i = 0; i < 200; i++) {
          const outcome = await sandbox.readFile('/mnt/file', 'utf8').catch(error => error.code);
          assert.match(outcome, /^(text\n|EINVAL|ESTALE)$/);
        }
      });
    });

    test('a worker that is stopped blocks neither the loop nor other calls, and is given up', async () => {
      await using sandbox = await sandboxWith('head -c 30000000 /dev/zero > large; echo hi > small', options);
      const reading = refusal(sandbox.readFile('/mnt/large', {timeout: 2000}));
      process.kill(workerOf(sandbox), 'SIGSTOP');
      assert.equal(await sandbox.readFile('/mnt/small', 'utf8'), 'hi\n');
      const error = await reading;
      assert.deepEqual([error.code, error.step, error.path], ['ETIMEDOUT', 'readFile', '/mnt/large']);
      assert.equal(await sandbox.readFile('/mnt/small', 'utf8'), 'hi\n');
    });

    test('a worker that is killed is reported, and a file that was being written is as it was', async () => {
      await using sandbox = await sandboxWith('head -c 30000000 /dev/zero > large; echo old > file', options);
      const reading = refusal(sandbox.readFile('/mnt/large'));
      process.kill(workerOf(sandbox), 'SIGKILL');
      assert.deepEqual([(await reading).code, (await reading).step], ['EPROTO', 'readFile']);
      const writing = refusal(sandbox.writeFile('/mnt/file', Buffer.alloc(30_000_000)));
      process.kill(workerOf(sandbox), 'SIGKILL');
      assert.equal((await writing).code, 'EPROTO');
      assert.equal(await sandbox.readFile('/mnt/file', 'utf8'), 'old\n');
    });

    test('a worker that was taken over makes Node keep no more than was asked for', async () => {
      await using sandbox = await sandboxWith('head -c 30000000 /dev/zero > large', options);
      const reading = refusal(sandbox.readFile('/mnt/large'));
      const worker = workerOf(sandbox);
      process.kill(worker, 'SIGSTOP');
      // The pipe is one of the worker's, which root inside can open.
      const inside = getNamespacePids(worker)!.at(-1)!;
      await sandbox.run('sh', ['-c', `timeout 10 head -c 3000000 /dev/urandom > /proc/${inside}/fd/1`], {
        reject: false,
      });
      // It has been killed if Node has read enough by now.
      if (sandbox.processes().some(({pid}) => pid === worker)) process.kill(worker, 'SIGCONT');
      assert.equal((await reading).code, 'EPROTO');
    });
  });
}

test('a sandbox that is closed ends what is done in it', async () => {
  const sandbox = await sandboxWith('head -c 30000000 /dev/zero > large');
  const reading = refusal(sandbox.readFile('/mnt/large'));
  process.kill(workerOf(sandbox), 'SIGSTOP');
  await sandbox.close();
  assert.deepEqual([(await reading).code, (await reading).step], ['ESRCH', 'init']);
});

test('devices are not opened', {skip: needsRoot()}, async () => {
  await using sandbox = await sandboxWith('mknod null c 1 3; mknod disk b 7 99', {});
  for (const device of ['null', 'disk']) {
    assert.equal((await refusal(sandbox.readFile(`/mnt/${device}`))).code, 'EINVAL');
    assert.equal((await refusal(sandbox.writeFile(`/mnt/${device}`, ''))).code, 'EINVAL');
  }
});

/** Runs a function while a neighbour exchanges two entries of /mnt. */
async function race(sandbox: Sandbox, names: [string, string], work: () => Promise<void>): Promise<void> {
  const program = testProgram('swap');
  const child = sandbox.spawn(program, names, {cwd: '/mnt', stdio: ['ignore', 'pipe', 'inherit']});
  await linesOf(child.stdout)();
  await work();
  assert.equal(child.exitCode, null);
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** Waits until the worker has begun, without giving Node a chance to read what it writes. */
function workerOf(sandbox: Sandbox): number {
  for (;;) {
    const worker = sandbox.processes().find(({name}) => name === 'nsinit-files');
    if (worker !== undefined) return worker.pid;
  }
}
