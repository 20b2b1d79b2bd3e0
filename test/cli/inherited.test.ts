// namespawn run and enter: descriptors above 2, and --die-with-parent.
import assert from 'node:assert/strict';
import {type StdioOptions, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readdirSync, readFileSync} from 'node:fs';
import type {Readable, Writable} from 'node:stream';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {findInherited} from '../../dist/cli/inherited.js';
import {eventually} from '../helpers/eventually.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf, findProcesses, isRunning, uniqueDuration} from '../helpers/processes.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Node marks descriptors close-on-exec only up to the first number that is free. What else was open at its start is handed on to all children. */
const ours = readdirSync('/proc/self/fd')
  .map(Number)
  .filter(fd => fd > 2 && isHandedOn(fd));

function isHandedOn(fd: number): boolean {
  try {
    const [, flags] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
    return (Number.parseInt(flags!, 8) & 0o2000000) === 0;
  } catch {
    // The descriptor of the listing itself.
    return false;
  }
}

test('the command has the descriptors above 2 that this process was started with, and no others', () => {
  const [passwd, group] = ['/etc/passwd', '/etc/group'].map(file => openSync(file, 'r'));
  const above = (words: string[], ...files: unknown[]) => {
    const stdio = ['ignore', 'pipe', 'inherit', ...files] as StdioOptions;
    const {stdout} = spawnSync(process.execPath, [main, ...words, '--', 'sh', '-c', 'ls -l /proc/$$/fd'], {
      encoding: 'utf8',
      stdio,
    });
    const found = [...stdout.matchAll(/ (\d+) -> (.*?)\r?\n/g)].map(([, fd, file]) => [Number(fd), file] as const);
    return found.filter(([fd]) => fd > 2 && !ours.includes(fd)).sort(([a], [b]) => a - b);
  };
  const expected = [
    [3, '/etc/passwd'],
    [7, '/etc/group'],
    [48, '/etc/passwd'],
  ];
  const far = Array.from({length: 40}, () => 'ignore');
  for (const words of [['run'], ['run', '--no-init'], ['run', '--pty'], ['enter', '-t', `${process.pid}`, '-a']]) {
    const found = above(words, passwd, 'ignore', 'ignore', 'ignore', group, ...far, passwd);
    assert.deepEqual(found, expected, words.join(' '));
    assert.deepEqual(above(words), []);
  }
  for (const fd of [passwd, group]) closeSync(fd!);
});

test('the command can read and write them', async () => {
  const script = 'echo through >&4; read line <&3; echo "got $line" >&4';
  const child = spawn(process.execPath, [main, 'run', '--', 'sh', '-c', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
  });
  (child.stdio[3] as Writable).end('text\n');
  const next = linesOf(child.stdio[4] as Readable);
  assert.equal(await next(), 'through');
  assert.equal(await next(), 'got text');
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('what Node has opened itself is left out', () => {
  const [epoll, eventfd, ring] = ['eventpoll', 'eventfd', 'io_uring'].map(name => `anon_inode:[${name}]`);
  const list = (...links: string[]) => new Map(links.map((link, index) => [index, link!]));
  const standard = ['/dev/null', '/dev/null', '/dev/null'];
  const [a, b, c] = ['pipe:[1]', 'pipe:[2]', 'pipe:[3]'];
  assert.deepEqual(findInherited(list(...standard)), []);
  assert.deepEqual(
    findInherited(list(...standard, epoll!, a!, a!, b!, b!, eventfd!, epoll!, ring!, c!, c!, eventfd!)),
    [],
  );
  // Both ends of the pipe of make, below, and one end of another in between.
  assert.deepEqual(
    findInherited(list(...standard, a!, a!, epoll!, b!, b!, c!, '/etc/passwd', eventfd!, '/a')),
    [3, 4, 8, 9, 11],
  );
});

test('--die-with-parent ends the command when the parent of namespawn is killed', async () => {
  for (const words of ['run', `enter -t ${process.pid} -a`]) {
    for (const dies of [true, false]) {
      const marker = uniqueDuration();
      const command = `'${process.execPath}' '${main}' ${words} ${dies ? '--die-with-parent' : ''}`;
      const line = `${command} -- sh -c 'echo ready; exec sleep ${marker}'; true`;
      const shell = spawn('sh', ['-c', line], {stdio: ['ignore', 'pipe', 'inherit']});
      assert.equal(await linesOf(shell.stdout)(), 'ready');
      const [own] = childrenOf(shell.pid!);
      shell.kill('SIGKILL');
      await once(shell, 'exit');
      if (!dies) {
        assert.ok(isRunning(own!));
        process.kill(own!, 'SIGTERM');
      }
      await eventually(() => assert.deepEqual([findProcesses({marker}), isRunning(own!)], [[], false]));
    }
  }
});
