// The option `reportForbidden`.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {
  createSandbox,
  type RunError,
  runInNamespace,
  type SeccompAction,
  type SeccompProfile,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {makeCalls} from '../helpers/calls.js';
import {leavesNothing} from '../helpers/leaks.js';
import {tables} from '../helpers/plain-profile.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot} from '../helpers/requirements.js';

const {EXDEV} = constants.errno;

function killing(names: string[], action: SeccompAction = 'SCMP_ACT_KILL_PROCESS'): SeccompProfile {
  return {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names, action}]};
}

/** The numbers of calls are those of x86-64 and arm64. */
async function call(calls: string[], options: SpawnOptions) {
  let found: string | undefined;
  let message: string | undefined;
  const made = await makeCalls(calls, options, async (file, args, given) => {
    const result = await runInNamespace(file, args, {...given, reject: false});
    found = result.forbiddenSyscall;
    message = result.shortMessage;
    return result;
  });
  return {...made, found, message};
}

const placements: Record<string, SpawnOptions> = {
  'below an init': {},
  'as PID 1': {init: false},
  'without a PID namespace': {namespaces: ['mnt']},
  'in a user namespace': {namespaces: ['user', 'pid', 'mnt'], uidMap: 'root'},
};

for (const [placement, options] of Object.entries(placements)) {
  describe(`a command ${placement}`, () => {
    for (const action of ['SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_KILL'] as const) {
      test(`that is killed by ${action} is reported with the call`, async () => {
        const seccomp = killing(['sched_yield', 'getppid'], action);
        const {results, signal, found, message} = await call(['getpid', 'getppid', 'getpid'], {
          ...options,
          seccomp,
          reportForbidden: true,
        });
        assert.equal(results.length, 1);
        assert.deepEqual([signal, found], ['SIGSYS', 'getppid']);
        assert.match(String(message), /^'.*' was killed by SIGSYS, for getppid$/);
      });
    }

    test('makes all other calls', async () => {
      const seccomp = killing(['sched_yield']);
      const {results, exitCode, found} = await call(['getppid'], {...options, seccomp, reportForbidden: true});
      assert.equal(results.length, 1);
      assert.deepEqual([exitCode, found], [0, undefined]);
    });
  });
}

describe('reportForbidden', () => {
  test('is reported by the child at exit, and nothing is left', async () => {
    await leavesNothing(async () => {
      const child = spawnInNamespace('sh', ['-c', 'mkdir /nothing; exit 3'], {
        stdio: 'ignore',
        seccomp: killing(['mkdir', 'mkdirat']),
        reportForbidden: true,
      });
      // The shell goes on: only its child was killed.
      assert.deepEqual(await once(child, 'exit'), [3, null]);
      assert.match(String(child.forbiddenSyscall), /^mkdir/);
      await once(child, 'close');
    });
  });

  test('does not wait for the event loop', async () => {
    const child = spawnInNamespace('sh', ['-c', 'read go; mkdir /nothing'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      seccomp: killing(['mkdir', 'mkdirat']),
      reportForbidden: true,
      namespaces: ['mnt'],
    });
    await once(child, 'spawn');
    const {hostPid} = child;
    child.stdin!.write('go\n');
    // The loop stands still until the process that mkdir runs in has ended, which is a child of the shell or the shell itself.
    const isRunning = (): boolean => {
      try {
        return !/\) Z/.test(readFileSync(`/proc/${hostPid}/stat`, 'utf8'));
      } catch {
        return false; // it was reaped
      }
    };
    while (isRunning());
    assert.equal(child.exitCode, null);
    await once(child, 'close');
  });

  test('counts conditions', async () => {
    const seccomp: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        {
          names: ['sched_yield'],
          action: 'SCMP_ACT_KILL_PROCESS',
          args: [
            {index: 0, value: 0x1_0000_0000, op: 'SCMP_CMP_GE'},
            {index: 1, value: 0xff, valueTwo: 5, op: 'SCMP_CMP_MASKED_EQ'},
          ],
        },
      ],
    };
    const calls = ['sched_yield,0xffffffff,5', 'sched_yield,0x100000000,6', 'sched_yield,0x200000000,0x105', 'getpid'];
    const {results, signal, found} = await call(calls, {seccomp, reportForbidden: true});
    assert.deepEqual([results, signal, found], [[0, 0], 'SIGSYS', 'sched_yield']);
  });

  test('beside onSyscall, which gets the other calls', async () => {
    const profile = killing(['sched_yield']);
    const seccomp = {
      ...profile,
      syscalls: [...profile.syscalls!, {names: ['getppid'], action: 'SCMP_ACT_NOTIFY' as const}],
    };
    const names: unknown[] = [];
    const {results, signal, found} = await call(['getppid', 'sched_yield'], {
      seccomp,
      reportForbidden: true,
      onSyscall: ({name}) => {
        names.push(name);
        return {errno: 'EXDEV'};
      },
    });
    assert.deepEqual([results, signal, found, names], [[-EXDEV], 'SIGSYS', 'sched_yield', ['getppid']]);
  });

  test('with a default action that kills', async () => {
    const allowed = [...tables.find(({name}) => name === process.arch)!.numbers.values()]
      .map(({name}) => name)
      .filter(name => name !== 'sched_yield');
    const seccomp: SeccompProfile = {
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      syscalls: [{names: allowed, action: 'SCMP_ACT_ALLOW'}],
    };
    const {signal, found} = await call(['getpid', 'sched_yield'], {seccomp, reportForbidden: true});
    assert.deepEqual([signal, found], ['SIGSYS', 'sched_yield']);
  });

  test('the kernel kills for what nsinit itself calls, and that is not reported', async () => {
    const {signal, found, message} = await call(['getpid'], {
      seccomp: killing(['execve', 'sched_yield']),
      reportForbidden: true,
    });
    assert.deepEqual([signal, found], ['SIGSYS', undefined]);
    assert.match(String(message), /for a forbidden system call$/);
  });

  test('works in a sandbox, for each command', async () => {
    await leavesNothing(async () => {
      const sandbox = await createSandbox();
      const options = {seccomp: killing(['sched_yield']), reportForbidden: true, reject: false};
      const numbers = await call(['getpid'], {});
      assert.equal(numbers.exitCode, 0);
      const runs = await Promise.all(
        ['sched_yield', 'getppid'].map(name =>
          makeCalls([name], options, async (file, args, given) => {
            const result = await sandbox.run(file, args, given);
            return {...result, exitCode: result.forbiddenSyscall};
          }),
        ),
      );
      assert.deepEqual(
        runs.map(({signal, exitCode}) => [signal, exitCode]),
        [
          ['SIGSYS', 'sched_yield'],
          [null, undefined],
        ],
      );
      await sandbox.close();
    });
  });

  test('a process of another user is killed as well', {skip: needsRoot()}, async () => {
    const {signal, found} = await call(['sched_yield'], {
      uid: 54321,
      gid: 54321,
      seccomp: killing(['sched_yield']),
      reportForbidden: true,
    });
    assert.deepEqual([signal, found], ['SIGSYS', 'sched_yield']);
  });

  test('a rejection has the call', async () => {
    const run = runInNamespace(testProgram('calls'), ['24'], {
      seccomp: killing(['sched_yield', 'ptrace', 'read']),
      reportForbidden: true,
    });
    await assert.rejects(run, (error: RunError) => error.signal === 'SIGSYS' && error.forbiddenSyscall !== undefined);
  });

  const refused: Record<string, [SpawnOptions, RegExp]> = {
    'without a filter': [{reportForbidden: true}, /needs a profile in options.seccomp that kills/],
    'with a filter that does not kill': [{seccomp: 'default', reportForbidden: true}, /needs a profile/],
    'with two that do': [
      {seccomp: [killing(['ptrace']), killing(['bpf'])], reportForbidden: true},
      /only one filter with SCMP_ACT_NOTIFY, and with options.reportForbidden one that kills/,
    ],
    'if it is no boolean': [{seccomp: killing(['ptrace']), reportForbidden: 1 as never}, /reportForbidden/],
  };
  for (const [what, [options, message]] of Object.entries(refused)) {
    test(`is refused ${what}`, () => assert.throws(() => spawnInNamespace('true', options), message));
  }
});
