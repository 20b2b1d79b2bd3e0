// The option `onSyscall`.
import assert from 'node:assert/strict';
import {EventEmitter, once} from 'node:events';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {constants, tmpdir} from 'node:os';
import path from 'node:path';
import {describe, test} from 'node:test';
import {Worker} from 'node:worker_threads';
import {
  compileSeccomp,
  createSandbox,
  explainSeccomp,
  runInNamespace,
  type SeccompProfile,
  type SpawnOptions,
  type SyscallRequest,
  type SyscallResult,
  spawnInNamespace,
} from 'namespawn';
import {makeCalls} from '../helpers/calls.js';
import {eventually} from '../helpers/eventually.js';
import {fixturePath, startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {shell} from '../helpers/shell.js';

const {EPERM, EXDEV, EMFILE, ETIMEDOUT} = constants.errno;

function notifying(...names: string[]): SeccompProfile {
  return {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names, action: 'SCMP_ACT_NOTIFY'}]};
}

const seccomp = notifying('getppid', 'sched_yield');
const never = (): Promise<SyscallResult> => new Promise(() => {});

/** Waits for the next warning of the process. */
async function warning(): Promise<Error & {code?: string; detail?: string}> {
  const [found] = (await once(process, 'warning')) as [Error];
  return found;
}

const placements: Record<string, SpawnOptions> = {
  'below an init': {},
  'as PID 1': {init: false},
  'without a PID namespace': {namespaces: ['mnt']},
  'in a new time namespace': {namespaces: ['pid', 'mnt', 'time', 'user']},
  'with a PID of its choice': {namespacePid: 77},
  'with a pseudo-terminal': {pty: true},
};

for (const [placement, options] of Object.entries(placements)) {
  describe(`a command ${placement}`, () => {
    test('gets an errno, a value and a promised value', async () => {
      const results: SyscallResult[] = [{errno: 'EXDEV'}, {errno: EXDEV}, {value: 4242}, {value: 2n ** 40n + 7n}];
      const names: unknown[] = [];
      const {results: got} = await makeCalls(['getppid', 'sched_yield', 'getppid', 'getppid'], {
        ...options,
        seccomp,
        onSyscall: async ({name}) => {
          names.push(name);
          return results[names.length - 1]!;
        },
      });
      assert.deepEqual(got, [-EXDEV, -EXDEV, 4242, 2 ** 40 + 7]);
      assert.deepEqual(names, ['getppid', 'sched_yield', 'getppid', 'getppid']);
    });

    test('that cannot be executed reports that, and nothing is left', async () => {
      await leavesNothing(async () => {
        const child = spawnInNamespace('/nowhere/nothing', [], {...options, seccomp, onSyscall: never});
        const closed = new Promise(resolve => child.on('close', resolve));
        const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'ENOENT');
        await closed;
      });
    });

    test('that is killed while a call waits leaves nothing', async () => {
      await leavesNothing(async () => {
        const onSyscall = async (): Promise<SyscallResult> => {
          child.kill('SIGKILL');
          return never();
        };
        const child = spawnInNamespace('sh', ['-c', 'mkdir /nothing'], {
          ...options,
          seccomp: notifying('mkdir', 'mkdirat'),
          onSyscall,
        });
        await once(child, 'close');
      });
    });
  });
}

describe('onSyscall', () => {
  test('receives the number, the arguments as the registers have them, the thread, and the processor', async () => {
    const calls: SyscallRequest[] = [];
    const child = spawnInNamespace('sh', ['-c', 'mkdir /nothing'], {
      stdio: 'ignore',
      namespaces: ['mnt'],
      seccomp: notifying('mkdir', 'mkdirat'),
      onSyscall: call => {
        calls.push(call);
        assert.match(readFileSync(`/proc/${call.pid}/comm`, 'utf8'), /^mkdir/);
        assert.ok(call.isWaiting());
        return {errno: 'EEXIST'};
      },
    });
    assert.deepEqual(await once(child, 'close'), [1, null]);
    const {name, number, args, arch, isWaiting} = calls[0]!;
    assert.equal(number, explainSeccomp('default', name!).number);
    assert.equal(args.length, 6);
    assert.equal(args[name === 'mkdir' ? 1 : 2], 0o777n);
    assert.equal(arch, process.arch);
    assert.equal(isWaiting(), false);
    assert.equal(calls.length, 1);
  });

  test('reads 64 bits of an argument', async () => {
    const args: bigint[] = [];
    const onSyscall = (call: SyscallRequest): SyscallResult => {
      args.push(...call.args);
      return {value: 0};
    };
    const call = 'sched_yield,0xffffffffffffffff,0x123456789abcdef0,1';
    await makeCalls([call], {seccomp, onSyscall});
    assert.deepEqual(args.slice(0, 3), [2n ** 64n - 1n, 0x123456789abcdef0n, 1n]);
  });

  test('puts a descriptor into the command', async () => {
    await leavesNothing(async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
      const file = path.join(directory, 'file');
      writeFileSync(file, 'what the function gives\n');
      const kept = openSync(file, 'r');
      // openat for writing, which sh uses for '<>', gets the file.
      const profile: SeccompProfile = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          {
            names: ['open', 'openat'],
            action: 'SCMP_ACT_NOTIFY',
            args: [{index: 2, value: 0o3, valueTwo: 0o2, op: 'SCMP_CMP_MASKED_EQ'}],
          },
        ],
      };
      let count = 0;
      const run = (closeOnExec: boolean) =>
        shell('exec 3<>/nowhere; cat <&3; exec sh -c "test -e /dev/fd/10 && echo open || echo closed"', {
          seccomp: profile,
          onSyscall: () => (count++ % 2 === 0 ? {fd: openSync(file, 'r'), close: true} : {fd: kept, closeOnExec}),
        });
      assert.match(await run(true), /^what the function gives\n/);
      closeSync(kept);
      rmSync(directory, {recursive: true});
    });
  });

  test('leaves a descriptor open in the program that the process executes only where it says so', async () => {
    const onSyscall = (closeOnExec: boolean | undefined) => (): SyscallResult => ({fd: 0, closeOnExec});
    const options: SpawnOptions = {seccomp, stdio: ['ignore', 'pipe', 'inherit']};
    const list = async (closeOnExec?: boolean): Promise<number> => {
      const {results} = await makeCalls(['sched_yield', 'fcntl,3,1'], {...options, onSyscall: onSyscall(closeOnExec)});
      assert.equal(results[0], 3);
      return results[1]!;
    };
    assert.deepEqual([await list(), await list(true), await list(false)], [1, 1, 0]);
  });

  test('a process that may open no further file gets EMFILE for a descriptor', async () => {
    const options = {seccomp, rlimits: {nofile: 32}, onSyscall: () => ({fd: 0})};
    const {results} = await makeCalls([...Array<string>(29).fill('dup,0'), 'sched_yield'], options);
    assert.deepEqual(results.slice(-2), [31, -EMFILE]);
  });

  test('a limit that leaves no room for the listener is an error', async () => {
    const options = {seccomp, rlimits: {nofile: 4}, onSyscall: () => ({fd: 0})};
    await assert.rejects(runInNamespace('true', options), {code: 'EMFILE', step: 'seccomp', hint: /rlimits.nofile/});
  });

  const failures: Record<string, () => unknown> = {
    'an exception': () => {
      throw new Error('its own mistake');
    },
    'a rejection': async () => {
      throw new Error('its own mistake');
    },
    'no result': () => undefined,
    'an empty result': () => ({}),
    'an unknown errno': () => ({errno: 'ENOTHING'}),
    'errno 0, with which the call would succeed': () => ({errno: 0}),
    'the flag that would let the kernel carry the call out': () => ({continue: true, flags: 1}),
    'a value that means an errno': () => ({value: -1}),
    'a value that is no number': () => ({value: '1'}),
    'a fraction': () => ({value: 0.5}),
    'a descriptor that is not open': () => ({fd: 1e6}),
  };
  for (const [what, onSyscall] of Object.entries(failures)) {
    test(`${what} makes the call fail with EPERM, and is reported once`, async () => {
      const warned = warning();
      const {results} = await makeCalls(['sched_yield', 'sched_yield'], {seccomp, onSyscall: onSyscall as never});
      assert.deepEqual(results, [-EPERM, -EPERM]);
      const {name, code, message, detail} = await warned;
      assert.deepEqual([name, code], ['SyscallWarning', 'NAMESPAWN_ON_SYSCALL']);
      assert.match(message, /sched_yield/);
      if (/exception|rejection/.test(what)) assert.match(String(detail), /its own mistake/);
      let more = 0;
      const count = (): number => more++;
      process.on('warning', count);
      await new Promise(setImmediate);
      process.off('warning', count);
      assert.equal(more, 0);
    });
  }

  test('a promise that is late makes the call fail with ETIMEDOUT, and its result is ignored', async () => {
    const late: ((result: SyscallResult) => void)[] = [];
    const {results} = await makeCalls(['sched_yield', 'getppid'], {
      seccomp,
      onSyscallTimeout: 1,
      onSyscall: ({name}) => {
        if (name === 'sched_yield') return new Promise(resolve => late.push(resolve));
        late[0]!({value: 5});
        return {value: 6};
      },
    });
    assert.deepEqual(results, [-ETIMEDOUT, 6]);
  });

  test('a signal handler does not make the program repeat a call that was handed over', async () => {
    let count = 0;
    const script = 'trap "echo trapped" USR1; mkdir /nothing; echo over';
    const child = spawnInNamespace('sh', ['-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      seccomp: notifying('mkdir', 'mkdirat'),
      onSyscall: async ({pid}) => {
        count++;
        process.kill(pid, 'SIGSTOP');
        process.kill(pid, 'SIGCONT');
        return {errno: 'EXDEV'};
      },
    });
    await once(child, 'close');
    assert.equal(count, 1);
  });

  test('receives the calls of descendants, also of those that outlive the command in a sandbox', async () => {
    await leavesNothing(async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
      const start = path.join(directory, 'start');
      const sandbox = await createSandbox();
      const called = new EventEmitter();
      const command = sandbox.spawn(
        'sh',
        ['-c', '{ until test -e "$0"; do sleep 0.1; done; mkdir /nothing; } &', start],
        {
          seccomp: notifying('mkdir', 'mkdirat'),
          stdio: 'ignore',
          onSyscall: ({name}) => {
            called.emit('call', name);
            return {errno: 'EXDEV'};
          },
        },
      );
      await once(command, 'close');
      const call = once(called, 'call');
      writeFileSync(start, '');
      assert.match(String((await call)[0]), /^mkdir/);
      await sandbox.close();
      rmSync(directory, {recursive: true});
    });
  });

  test('is asked about at most 256 calls of a command at a time', async () => {
    const decide = new EventEmitter().setMaxListeners(0);
    let [count, waiting, most] = [0, 0, 0];
    const script = 'i=0; while [ $i -lt 300 ]; do mkdir /nothing & i=$((i+1)); done; wait; echo over';
    const output = await shell(script, {
      stdio: ['ignore', 'pipe', 'ignore'],
      seccomp: notifying('mkdir', 'mkdirat'),
      onSyscallTimeout: 600_000,
      onSyscall: async () => {
        count++;
        waiting++;
        most = Math.max(most, waiting);
        // All wait that may. Each of the others comes only when one has been decided.
        if (waiting === 256) setImmediate(() => decide.emit('all'));
        if (count <= 256) await once(decide, 'all');
        waiting--;
        return {errno: 'EXDEV'};
      },
    });
    assert.equal(most, 256);
    assert.equal(output, 'over');
    assert.equal(count, 300);
  });

  test('calls fail with ENOSYS when this process has ended', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
    const output = path.join(directory, 'output');
    const fixture = startFixture('on-syscall', [output]);
    assert.match(await fixture.next<string>(), /^mkdir/);
    fixture.process.kill('SIGKILL');
    const text = await eventually(() => {
      const written = readFileSync(output, 'utf8');
      assert.match(written, /over/);
      return written;
    });
    assert.match(text, /Function not implemented/);
    rmSync(directory, {recursive: true});
  });

  test('calls fail with ENOSYS when its Worker has ended, and nothing is left', async () => {
    await leavesNothing(async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
      const output = path.join(directory, 'output');
      const worker = new Worker(fixturePath('on-syscall'), {argv: [output], stdout: true});
      const [line] = (await once(worker.stdout, 'data')) as [Buffer];
      assert.match(String(line), /^"mkdir/);
      await worker.terminate();
      await eventually(() => assert.match(readFileSync(output, 'utf8'), /Function not implemented.*\nover/));
      rmSync(directory, {recursive: true});
    });
  });
});

describe('what cannot be honoured is refused before anything starts:', () => {
  const onSyscall = (): SyscallResult => ({value: 0});
  const refused: Record<string, [SpawnOptions, RegExp]> = {
    'the action without a function': [{seccomp}, /has SCMP_ACT_NOTIFY, which needs options.onSyscall/],
    'a function without a filter': [{onSyscall}, /needs a profile with SCMP_ACT_NOTIFY/],
    'a function without the action': [{seccomp: 'default', onSyscall}, /needs a profile with SCMP_ACT_NOTIFY/],
    'two filters with the action': [{seccomp: [seccomp, seccomp], onSyscall}, /only one filter with SCMP_ACT_NOTIFY/],
    'a program, of which nobody knows whether a command could start': [
      {seccomp: compileSeccomp(seccomp), onSyscall},
      /give the profile instead/,
    ],
    'the default action': [{seccomp: {defaultAction: 'SCMP_ACT_NOTIFY'}, onSyscall}, /must have a rule for execve/],
    'a call that starts the command': [{seccomp: notifying('getppid', 'execveat'), onSyscall}, /a rule for execveat/],
    'something else than a function': [{seccomp, onSyscall: {} as never}, /"options.onSyscall" .* of type function/],
    'a timeout of nothing': [{seccomp, onSyscall, onSyscallTimeout: 0}, /onSyscallTimeout/],
  };
  for (const [what, [options, message]] of Object.entries(refused)) {
    test(what, () => assert.throws(() => spawnInNamespace('true', options), message));
  }

  test('but not the default action where these calls have rules', async () => {
    const profile: SeccompProfile = {
      defaultAction: 'SCMP_ACT_NOTIFY',
      syscalls: [{names: ['execve', 'execveat', 'exit_group', 'mmap', 'prctl', 'seccomp'], action: 'SCMP_ACT_ALLOW'}],
    };
    // Every program fails early. The first call of each is decided.
    let count = 0;
    const {exitCode, signal} = await runInNamespace('true', {
      seccomp: profile,
      reject: false,
      onSyscall: () => {
        count++;
        return {errno: 'ENOSYS'};
      },
    });
    assert.ok(count > 0);
    assert.ok(exitCode !== 0 || signal !== null);
  });
});

test('explainSeccomp describes the action', () => {
  assert.equal(
    explainSeccomp(seccomp, 'getppid').text.replace(/\d+/, 'N'),
    'getppid (N) is handed to onSyscall by rule 0',
  );
});
