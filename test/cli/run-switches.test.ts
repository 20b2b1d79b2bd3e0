// namespawn run: the switches for nsinit, the signals that are forwarded, and --pty.
import assert from 'node:assert/strict';
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {spawnInNamespace} from 'namespawn';
import {tryNamespawn} from '../helpers/commands.js';
import {eventually} from '../helpers/eventually.js';
import {linesOf} from '../helpers/lines.js';
import {testProgram} from '../helpers/programs.js';
import {Screen} from '../helpers/screen.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const record = testProgram('record');
const {signals} = constants;
/** The signals that namespawn does not forward. */
const own = new Set(
  [
    'KILL',
    'STOP',
    'CHLD',
    'PIPE',
    'PROF',
    'ILL',
    'TRAP',
    'ABRT',
    'BUS',
    'FPE',
    'SEGV',
    'SYS',
    'TSTP',
    'TTIN',
    'TTOU',
  ].map(name => signals[`SIG${name}` as NodeJS.Signals]),
);

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [main, 'run', ...args]);
}

/** Starts a command that records signals, and waits until it catches them. */
async function recorder(...switches: string[]) {
  const child = start(...switches, '--', record);
  const next = linesOf(child.stdout);
  assert.equal(await next(), '0');
  return {child, next, exited: once(child, 'exit')};
}

describe('signals', () => {
  for (const pty of [[], ['--pty']]) {
    test(`SIGTSTP without a terminal stops the command as well, and SIGCONT continues it: ${pty}`, async () => {
      const script = 'trap "echo contin""ued; exit 5" CONT; sleep 1000 & echo rea""dy; while :; do wait; done';
      // A shell in another group of the session, which could continue this one.
      const job = `set -m; "$@" </dev/null & echo "job $!"; read line`;
      const words = [process.execPath, main, 'run', '-v', ...pty, '--', 'sh', '-c', script];
      const shell = spawn('bash', ['-c', job, 'bash', ...words]);
      const next = linesOf(shell.stdout);
      const [, command] = /it is (\d+) as seen/.exec(await textOf(shell, /it is \d+ as seen/))!;
      const [, cli] = /^job (\d+)$/.exec(await next())!;
      assert.equal((await next()).trim(), 'ready');
      const areStopped = (): boolean[] =>
        [cli, command].map(pid => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
      assert.deepEqual(areStopped(), [false, false]);
      process.kill(Number(cli), 'SIGTSTP');
      await eventually(() => assert.deepEqual(areStopped(), [true, true]));
      process.kill(Number(cli), 'SIGCONT');
      assert.equal((await next()).trim(), 'continued');
      shell.stdin.end();
      await once(shell, 'close');
    });
  }

  test('every signal that a program can catch is forwarded with its number', async () => {
    const {child, next, exited} = await recorder();
    const passed = [...new Set(Object.values(signals))].filter(number => !own.has(number));
    assert.ok(passed.length >= 15);
    for (const number of passed) {
      child.kill(number);
      assert.equal(await next(), `${number}`);
    }
    child.kill('SIGKILL');
    await exited;
  });

  test('--forward selects signals by name or number, for this process and for nsinit', async () => {
    const {child, next, exited} = await recorder('-v', '--forward', 'term,SIGWINCH,RTMIN+1,RTMAX-1,12');
    const [, init] = /nsinit is (\d+)/.exec(await textOf(child, /nsinit is \d+/))!;
    const toInit = (...numbers: number[]) => execFileSync(testProgram('send'), [init!, ...numbers.map(String)]);
    // Of two pending signals the kernel delivers the one with the lower number first, so a signal that must not be forwarded would be
    // recorded before one that is.
    child.kill('SIGUSR1');
    child.kill('SIGTERM');
    assert.equal(await next(), `${signals.SIGTERM}`);
    for (const number of [signals.SIGWINCH, signals.SIGUSR2]) {
      child.kill(number);
      assert.equal(await next(), `${number}`);
    }
    toInit(signals.SIGUSR1, 34, 35);
    assert.equal(await next(), '35');
    toInit(62, 63);
    assert.equal(await next(), '63');
    child.kill('SIGKILL');
    await exited;
  });

  test('--forward refuses unknown signals', () => {
    for (const text of ['NONE', '0', '65', 'RTMIN+31', 'RTMAX+1', 'TERM,', '']) {
      const {status, stderr} = tryNamespawn('run', '--forward', text, '--', 'true');
      assert.equal(status, 125, text);
      assert.match(stderr, /There is no signal/, text);
    }
  });

  test('--grace ends a command that catches SIGTERM and continues', async () => {
    const {child, next, exited} = await recorder('--grace', '50');
    child.kill('SIGTERM');
    assert.equal(await next(), `${signals.SIGTERM}`);
    assert.deepEqual(await exited, [137, null]);
  });

  test('--grace applies to a signal that is not forwarded', async () => {
    const {child, next, exited} = await recorder('--grace', '50', '--forward', 'USR1');
    child.kill('SIGHUP');
    assert.deepEqual(await exited, [137, null]);
    await assert.rejects(next(), /the output ended/);
  });
});

/** Returns the text on stderr up to the first match of `pattern`. */
async function textOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stderr!) {
    text += chunk;
    if (pattern.test(text)) break;
  }
  return text;
}

describe('switches', () => {
  // A daemon that outlives the command for a moment, and ends with another status.
  const late = '(while [ -e /proc/$$ ]; do sleep 0.01; done; echo late) & exit 3';

  test('--wait-all waits for the last process, and returns the status of the command', () => {
    assert.deepEqual(tryNamespawn('run', '--wait-all', '--', 'sh', '-c', late), {
      status: 3,
      stdout: 'late\n',
      stderr: '',
    });
    const later = '(sleep 1000; echo late) & exit 3';
    assert.deepEqual(tryNamespawn('run', '--', 'sh', '-c', later), {status: 3, stdout: '', stderr: ''});
  });

  test('--set-pid chooses the PID of the command', () => {
    assert.equal(tryNamespawn('run', '--set-pid', '77', '--', 'sh', '-c', 'echo $$').stdout, '77\n');
    const {status, stderr} = tryNamespawn('run', '--set-pid', '1', '--', 'true');
    assert.equal(status, 125);
    assert.match(stderr, /EEXIST/);
  });

  test('invalid numbers are refused', () => {
    for (const args of [
      ['--grace', 'x'],
      ['--grace', '-1'],
      ['--set-pid', '1.5'],
    ]) {
      assert.match(tryNamespawn('run', ...args, '--', 'true').stderr, /must be a whole number/);
    }
  });
});

describe('--pty', () => {
  test('gives the command a terminal, and returns its status', () => {
    const {status, stdout} = tryNamespawn('run', '--pty', '--', 'sh', '-c', 'tty; stty size; exit 3');
    assert.equal(status, 3);
    assert.match(stdout, /^\/dev\/pts\/\d+\r\n24 80\r\n$/);
  });

  test('types the input, and Control-D at its end', async () => {
    const child = start('--pty', '--', 'cat');
    child.stdin!.end('typed\n');
    const exited = once(child, 'close');
    let text = '';
    for await (const chunk of child.stdout!) text += chunk;
    assert.deepEqual(await exited, [0, null]);
    // The terminal echoes it once, and cat prints it once.
    assert.equal(text, 'typed\r\ntyped\r\n');
  });

  test('passes more input on than the terminal buffers', async () => {
    const child = start('--pty', '--', 'sh', '-c', 'stty raw -echo; echo READY; exec cat');
    let length = 0;
    let isReady = false;
    child.stdout!.on('data', chunk => {
      if (!isReady && `${chunk}` === 'READY\n') {
        isReady = true;
        child.stdin!.end('y'.repeat(200_000));
        return;
      }
      length += chunk.length;
      // And Control-D.
      if (length === 200_001) child.kill('SIGTERM');
    });
    assert.deepEqual(await once(child, 'close'), [128 + signals.SIGTERM, null]);
    assert.ok(isReady);
    assert.equal(length, 200_001);
  });

  test('forwards signals while the terminal is connected', async () => {
    const child = start('--pty', '--', 'sh', '-c', 'stty raw -echo; echo READY; exec sleep 1000');
    child.stdin!.on('error', () => {});
    child.stdin!.end('y'.repeat(200_000));
    for await (const chunk of child.stdout!.iterator({destroyOnReturn: false})) if (`${chunk}`.includes('READY')) break;
    child.stdout!.resume();
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [128 + signals.SIGTERM, null]);
  });

  test('gives the terminal the settings and the size of the one outside', async () => {
    const show = 'stty -g; stty size';
    const inside = `${process.execPath} ${main} run --pty -- sh -c '${show}'`;
    for (const settings of ['iutf8', '-iutf8 intr ^X erase ^H -ixon']) {
      const child = spawnInNamespace('sh', ['-c', `stty ${settings}; ${inside}; ${show}`], {
        pty: {cols: 97, rows: 31},
      });
      const screen = new Screen(child.pty!);
      await once(child, 'close');
      const [settingsInside, sizeInside, settingsOutside] = screen.text.split(/\r+\n/);
      assert.match(settingsInside!, /^[0-9a-f:]+$/);
      assert.deepEqual([settingsInside, sizeInside], [settingsOutside, '31 97'], screen.text);
    }
  });

  test('hangs the terminal up if the reader of the output goes away', async () => {
    const child = start('--pty', '--', 'yes');
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    let shown = '';
    child.stderr!.on('data', chunk => {
      shown += chunk;
    });
    assert.deepEqual(await once(child, 'close'), [128 + signals.SIGHUP, null]);
    assert.equal(shown, '');
  });
});
