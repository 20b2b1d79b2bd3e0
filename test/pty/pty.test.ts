import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {createSandbox, type NamespacedProcess, NamespaceError, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed} from '../helpers/finished.js';
import {testProgram} from '../helpers/programs.js';
import {Screen} from '../helpers/screen.js';
import {scaled} from '../helpers/time.js';

function open(command: string, args: string[], options: SpawnOptions = {}): {child: NamespacedProcess; screen: Screen} {
  const child = spawnInNamespace(command, args, {pty: true, ...options});
  return {child, screen: new Screen(child.pty!)};
}

describe('a shell in a pseudo-terminal', () => {
  test('has it as its controlling terminal, with the requested size and name', async () => {
    const {child, screen} = open(
      'sh',
      ['-c', 'tty; stty size; echo $TERM; ps -o tty= -p $$; : </dev/tty && echo open'],
      {
        pty: {cols: 100, rows: 30, name: 'vt100'},
      },
    );
    assert.deepEqual((await closed(child)).slice(0, 2), [0, null]);
    const [tty, size, term, controlling, opened] = screen.text.split('\r\n');
    assert.match(tty!, /^\/dev\/pts\/\d+$/);
    assert.deepEqual(
      [size, term, controlling!.trim(), opened],
      ['30 100', 'vt100', tty!.slice('/dev/'.length), 'open'],
    );
    assert.deepEqual([child.stdin, child.stdout, child.stderr], [null, null, null]);
  });

  test('has job control: stop, background, foreground, interrupt', async () => {
    const {child, screen} = open('bash', ['--norc', '--noprofile', '-i']);
    // If a job that forks is stopped between dash's vfork and its exec, dash still waits, and bash notices no stop.
    child.pty!.write(`sh -c 'echo st""arted; exec sleep 1000'\n`);
    await screen.shows(/started\r\n/);
    await screen.showsOnTyping('\x1a', /Stopped/);
    child.pty!.write('bg\n');
    await screen.shows(/\[1\]\+ .* &\r\n/);
    child.pty!.write('jobs\n');
    await screen.shows(/Running/);
    child.pty!.write('fg\n');
    // The shell prints the name of the job before it gives it the terminal.
    await screen.shows(/fg\r\n[^\n]*sleep/);
    await screen.showsOnTyping('\x03', /\^C[\s\S]*bash-[^\n]*[#$] /);
    child.pty!.write('echo $((6 * 7))-$?\n');
    await screen.shows(/42-130/);
    child.pty!.write('exit 3\n');
    assert.deepEqual((await closed(child)).slice(0, 2), [3, null]);
  });

  test('receives the new size of resize(), before and after it has started', async () => {
    const {child, screen} = open(testProgram('window'), []);
    child.pty!.resize(70, 20);
    await screen.shows(/20 70/);
    child.pty!.resize(50, 10);
    await screen.shows(/10 50/);
    child.kill('SIGKILL');
    await closed(child);
    assert.throws(() => child.pty!.resize(0, 10), {code: 'ERR_OUT_OF_RANGE'});
  });

  test('ends by itself if it closes the terminal first, and may open it again', async () => {
    const script = 'exec <&- >&- 2>&-; sleep 0.1; exec >/dev/tty; printf %100000s; sleep 0.1; echo back; exit 7';
    const {child, screen} = open('sh', ['-c', script]);
    assert.deepEqual((await closed(child)).slice(0, 2), [7, null]);
    assert.equal(screen.text.length, 100_000 + 'back\r\n'.length);
  });

  test('waits for a reader that pauses, also after it has opened the terminal again', async () => {
    // The output has no line feeds, before which the terminal would insert carriage returns.
    const script = 'exec <&- >&- 2>&-; sleep 0.1; exec >/dev/tty; exec cat /dev/zero';
    const child = spawnInNamespace('sh', ['-c', script], {pty: true});
    const pty = child.pty!;
    pty.once('data', () => pty.pause());
    await once(pty, 'pause');
    for (let look = 0; look < 50; look++) await setTimeout(10);
    const held = pty.readableLength;
    pty.resume();
    child.kill('SIGKILL');
    await closed(child);
    assert.ok(held < 1_000_000, `${held}`);
  });

  test('reads the end of its input when pty.end() types it', async () => {
    const {child, screen} = open('cat', []);
    child.pty!.end('typed\n');
    assert.deepEqual((await closed(child)).slice(0, 2), [0, null]);
    assert.match(screen.text, /typed\r\ntyped\r\n/);
  });
});

test('100 MB arrive intact, and completely before close', async () => {
  const size = scaled(100_000_000);
  const child = spawnInNamespace(
    'sh',
    ['-c', `stty raw -echo; head -c ${size / 10} /dev/zero | tr '\\0' x | sed 's/x/0123456789/g'`],
    {pty: true},
  );
  const hash = createHash('sha256');
  let length = 0;
  child.pty!.on('data', (chunk: Buffer) => {
    length += chunk.length;
    hash.update(chunk);
  });
  await closed(child);
  assert.equal(length, size);
  assert.equal(
    hash.digest('hex'),
    createHash('sha256')
      .update('0123456789'.repeat(size / 10))
      .digest('hex'),
  );
});

test('a reader that pauses makes the command wait, and loses nothing', async () => {
  const {child} = {child: spawnInNamespace('sh', ['-c', 'stty raw -echo; seq 1 100000'], {pty: true})};
  let text = '';
  for await (const chunk of child.pty!) {
    text += chunk;
    await new Promise(setImmediate);
  }
  const expected = `${Array.from({length: 100_000}, (_, i) => i + 1).join('\n')}\n`;
  assert.equal(text.length, expected.length);
  assert.ok(text === expected);
});

test('the terminal is opened in the /dev/pts of the command', async () => {
  const sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'});
  try {
    const mounted =
      'mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx';
    await sandbox.run('sh', ['-c', mounted]);
    const child = sandbox.spawn('sh', ['-c', 'tty; ls /dev/pts'], {pty: true});
    const screen = new Screen(child.pty!);
    await closed(child);
    assert.equal(screen.text, '/dev/pts/0\r\n0  ptmx\r\n');
  } finally {
    await sandbox.close();
  }
});

test('a descriptor that is no pseudo-terminal is refused', async () => {
  const sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'});
  try {
    await sandbox.run('sh', ['-c', 'mount --bind /dev/null /dev/ptmx']);
    const child = sandbox.spawn('true', {pty: true});
    const [error] = await once(child, 'error');
    assert.ok(error instanceof NamespaceError);
    assert.deepEqual([error.code, error.step], ['ENOTTY', 'pty']);
  } finally {
    await sandbox.close();
  }
});

test('in a sandbox, a daemon that keeps the terminal open does not delay the end of the command', async () => {
  const sandbox = await createSandbox();
  try {
    const child = sandbox.spawn('sh', ['-c', 'setsid sleep 1000 & echo hello'], {pty: true});
    const screen = new Screen(child.pty!);
    assert.deepEqual((await closed(child)).slice(0, 2), [0, null]);
    assert.equal(screen.text, 'hello\r\n');
  } finally {
    await sandbox.close();
  }
});

test('the command leads its own session, and does not have the terminal of the caller', async () => {
  const {child, screen} = open('sh', ['-c', 'ps -o sid=,pid= -p $$']);
  await closed(child);
  const [sid, pid] = screen.text.trim().split(/\s+/);
  assert.equal(sid, pid);
});

test('a command that is not found emits an error, and its terminal closes', async () => {
  const child = spawnInNamespace('no-such-command', {pty: true, env: {PATH: '/usr/bin'}});
  const closing = closed(child);
  const [error] = await once(child, 'error');
  assert.equal(error.code, 'ENOENT');
  await closing;
  assert.ok(child.pty!.destroyed);
});

test('invalid options are refused', () => {
  assert.throws(() => spawnInNamespace('true', {pty: 'yes' as unknown as boolean}), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => spawnInNamespace('true', {pty: {cols: 70_000}}), {code: 'ERR_OUT_OF_RANGE'});
  assert.throws(() => spawnInNamespace('true', {pty: true, stdio: 'inherit'}), {code: 'ERR_INVALID_ARG_VALUE'});
  assert.throws(() => spawnInNamespace('true', {pty: true, stdio: ['pipe']}), {code: 'ERR_INVALID_ARG_VALUE'});
});
