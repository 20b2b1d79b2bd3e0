// A sandbox from its set-up to its end.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import path from 'node:path';
import {describe, test} from 'node:test';
import {createSandbox, type ProcessOptions, type SandboxOptions} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {findProcesses, isThere, statusOf, uniqueDuration} from '../helpers/processes.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const folder = temporaryDirectory();

// A supervisor kills the processes itself, and reports it by its exit code.
const places: [name: string, options: SandboxOptions, end: [number | null, NodeJS.Signals | null]][] = [
  ['with a PID namespace', {}, [null, 'SIGKILL']],
  ['without one', {namespaces: ['uts']}, [137, null]],
];

// The output of a daemon never ends. The output of the command does.
for (const [name, options] of [
  ['pipe', {}],
  ['terminal', {pty: true}],
] as [string, ProcessOptions][]) {
  test(`a command whose daemon writes to its ${name} forever ends with its own output`, async () => {
    await using sandbox = await createSandbox();
    for (let round = 0; round < 5; round++) {
      // The command ends when the daemon writes.
      const script =
        'mkfifo $0 && { setsid sh -c "echo >$0; exec cat /dev/zero" & read line <$0; rm $0; echo last; exit 7; }';
      const child = sandbox.spawn('sh', ['-c', script, path.join(folder, 'fifo')], options);
      const exited = once(child, 'exit');
      const closed = once(child, 'close');
      let afterwards = Number.NaN;
      let tail = '';
      let isLastSeen = false;
      (child.pty ?? child.stdout)!.on('data', (chunk: Buffer) => {
        afterwards += chunk.length;
        tail = tail.slice(-4) + chunk.toString('latin1');
        isLastSeen ||= tail.includes('last');
      });
      child.once('exit', () => {
        afterwards = 0;
      });
      assert.deepEqual(await exited, [7, null]);
      assert.deepEqual(await closed, [7, null]);
      assert.ok(isLastSeen);
      assert.ok(afterwards < 2_000_000, `${afterwards}`);
    }
  });
}

describe('set-up', () => {
  test('has the PID and the namespaces', async () => {
    await using sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'uts'], hostname: 'box'});
    assert.equal(statusOf(sandbox.pid).NSpid!.split('\t').at(-1), '1');
    for (const type of ['pid', 'mnt', 'uts'] as const) {
      const {stdout} = await sandbox.run('readlink', [`/proc/self/ns/${type}`]);
      assert.equal(stdout, `${type}:[${sandbox.namespaces[type]}]\n`);
    }
    assert.equal((await sandbox.run('uname', ['-n'])).stdout, 'box\n');
  });

  const failing: [what: string, options: SandboxOptions, error: object][] = [
    ['a mount point', {mountProc: '/no-such-directory'}, {step: 'mountProc', code: 'ENOENT'}],
    [
      'a clock',
      {namespaces: ['pid', 'mnt', 'time'], timeOffsets: {monotonic: -1e9}},
      {step: 'timeOffsets', code: 'ERANGE'},
    ],
  ];
  for (const [what, options, error] of failing) {
    test(`rejects if ${what} cannot be set up, and leaves nothing`, async () => {
      await leavesNothing(async () => {
        await assert.rejects(createSandbox(options), {name: 'NamespaceError', ...error});
      });
    });
  }

  test('rejects invalid arguments', async () => {
    await assert.rejects(createSandbox({hostname: 'needs uts'}), {code: 'ERR_INVALID_ARG_VALUE'});
    await assert.rejects(createSandbox({init: false} as object), {code: 'ERR_INVALID_ARG_VALUE'});
  });
});

for (const [name, options, end] of places) {
  describe(`the end of a sandbox ${name}`, () => {
    test('close() ends every process', async () => {
      const marker = uniqueDuration();
      await leavesNothing(async () => {
        const sandbox = await createSandbox(options);
        const child = sandbox.spawn('sh', ['-c', `trap '' TERM; setsid sleep ${marker} & sleep ${marker}`]);
        await once(child, 'spawn');
        const ends = finished(child);
        const exited = once(sandbox, 'exit');
        assert.deepEqual(await sandbox.close(), {isForcefullyTerminated: true});
        assert.deepEqual(await exited, end);
        assert.deepEqual(findProcesses({marker}), []);
        const {code, signal, events, error} = await ends;
        assert.deepEqual([code, signal, events, error], [null, 'SIGKILL', ['exit', 'close'], undefined]);
        assert.deepEqual([sandbox.closed, isThere(sandbox.pid)], [true, false]);
      });
    });

    test('close() with a grace time lets them end by themselves', async () => {
      const sandbox = await createSandbox(options);
      const child = sandbox.spawn('sh', ['-c', 'trap "exit 5" INT; echo ready; while :; do sleep 0.01; done']);
      await once(child.stdout!, 'data');
      const ends = finished(child);
      assert.deepEqual(await sandbox.close({signal: 'SIGINT', graceMs: 60_000}), {isForcefullyTerminated: false});
      const {code, error} = await ends;
      assert.deepEqual([code, error], [5, undefined]);
    });

    test('close() with a grace time kills them after that time', async () => {
      const marker = uniqueDuration();
      const sandbox = await createSandbox(options);
      const child = sandbox.spawn('sh', ['-c', `trap '' TERM; echo ready; sleep ${marker}; sleep ${marker}`]);
      await once(child.stdout!, 'data');
      const ends = finished(child);
      const closing = sandbox.close({graceMs: 50});
      assert.throws(() => sandbox.spawn('true'), {code: 'ESRCH', message: /takes no more commands/});
      assert.deepEqual(await closing, {isForcefullyTerminated: true});
      assert.deepEqual(findProcesses({marker}), []);
      assert.equal((await ends).signal, 'SIGKILL');
      assert.deepEqual(await sandbox.close(), {isForcefullyTerminated: true});
    });

    test('close() of an empty sandbox is fulfilled at once, whatever the grace time', async () => {
      const sandbox = await createSandbox(options);
      const exited = once(sandbox, 'exit');
      assert.deepEqual(await sandbox.close({graceMs: 60_000}), {isForcefullyTerminated: false});
      assert.deepEqual(await exited, [0, null]);
    });

    test('disposal waits until nothing is left', async () => {
      const marker = uniqueDuration();
      {
        await using sandbox = await createSandbox(options);
        const child = sandbox.spawn('sleep', [marker], {stdio: 'ignore'});
        await once(child, 'spawn');
      }
      assert.deepEqual(findProcesses({marker}), []);
    });
  });
}

test('a process that a command leaves stays, keeps the pipes open, and does not delay the close of the command', async () => {
  await using sandbox = await createSandbox();
  const marker = uniqueDuration();
  const {code, stdout} = await finished(sandbox.spawn('sh', ['-c', `setsid sleep ${marker} & echo hi`]));
  assert.deepEqual([code, stdout], [0, 'hi\n']);
  await eventually(() => assert.equal(findProcesses({marker}).length, 1));
});

test('kill() signals one command, and nsinit forwards a signal to all of them', async () => {
  await using sandbox = await createSandbox();
  const children = [1, 2, 3].map(() => sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'}));
  await Promise.all(children.map(child => once(child, 'spawn')));
  const ends = children.map(finished);
  children[0]!.kill('SIGUSR1');
  assert.equal((await ends[0]!).signal, 'SIGUSR1');
  process.kill(sandbox.pid, 'SIGUSR2');
  assert.deepEqual([(await ends[1]!).signal, (await ends[2]!).signal], ['SIGUSR2', 'SIGUSR2']);
});
