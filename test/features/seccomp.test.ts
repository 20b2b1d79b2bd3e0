// The option `seccomp`, by the kernel.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {constants} from 'node:os';
import {describe, test} from 'node:test';
import {
  compileSeccomp,
  createSandbox,
  runInNamespace,
  type SeccompProfile,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {makeCalls} from '../helpers/calls.js';
import {leavesNothing} from '../helpers/leaks.js';
import {needsProgram, needsRoot} from '../helpers/requirements.js';
import {profiles} from '../helpers/seccomp-profiles.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const {EPERM, ENOSYS, ENOTTY, EXDEV} = constants.errno;

/** A profile that refuses some calls and allows all others. */
function refusing(names: string[], action: SeccompProfile['defaultAction'] = 'SCMP_ACT_ERRNO'): SeccompProfile {
  return {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names, action, errno: 'EXDEV'}]};
}

/** nsinit is the parent, a supervisor of a PID 1, and a supervisor without a PID namespace. */
const placements: Record<string, SpawnOptions> = {
  'below an init': {},
  'as PID 1': {init: false},
  'without a PID namespace': {namespaces: ['mnt']},
};

for (const [placement, options] of Object.entries(placements)) {
  describe(`a command ${placement}`, () => {
    test('gets the errno of a forbidden call, and makes allowed ones', async () => {
      const {results, exitCode} = await makeCalls(['getppid', 'getpid'], {...options, seccomp: refusing(['getppid'])});
      assert.equal(results[0], -EXDEV);
      assert.ok(results[1]! > 0);
      assert.equal(exitCode, 0);
    });

    for (const action of ['SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_TRAP'] as const) {
      test(`is ended by ${action}`, async () => {
        const seccomp = refusing(['sched_yield'], action);
        const {results, signal} = await makeCalls(['getpid', 'sched_yield', 'getpid'], {...options, seccomp});
        assert.equal(results.length, 1);
        assert.equal(signal, 'SIGSYS');
      });
    }

    test('makes logged calls', async () => {
      const {results} = await makeCalls(['sched_yield'], {
        ...options,
        seccomp: refusing(['sched_yield'], 'SCMP_ACT_LOG'),
      });
      assert.deepEqual(results, [0]);
    });

    test('passes the filter on to its children', async () => {
      const seccomp = refusing(['getppid'], 'SCMP_ACT_ERRNO');
      const {results} = await makeCalls(['child', 'child', 'getppid'], {...options, seccomp});
      assert.deepEqual(results, [-EXDEV]);
    });

    test('that may not be executed reports that, and nothing is left', async () => {
      await leavesNothing(async () => {
        // Not even the process that should execute it may exit.
        const seccomp = refusing(['execve', 'exit_group', 'exit']);
        const child = spawnInNamespace('true', [], {...options, seccomp});
        const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
        assert.equal(error.code, 'EXDEV');
        assert.equal(error.syscall, 'spawn true');
        await once(child, 'close');
      });
    });
  });
}

describe('a neighbour in a sandbox', () => {
  test('is not affected by the filter of another command', async () => {
    await using sandbox = await createSandbox();
    const run = (file: string, args: string[], options: SpawnOptions) =>
      sandbox.run(file, args, {...options, reject: false});
    const before = await makeCalls(['sched_yield'], {}, run);
    const filtered = await makeCalls(['sched_yield'], {seccomp: refusing(['sched_yield'])}, run);
    const after = await makeCalls(['sched_yield'], {}, run);
    assert.deepEqual(
      [before, filtered, after].map(({results}) => results[0]),
      [0, -EXDEV, 0],
    );
  });
});

describe('several filters', () => {
  test('the strictest action counts', async () => {
    const seccomp = [refusing(['getppid', 'sched_yield']), refusing(['sched_yield'], 'SCMP_ACT_KILL_PROCESS')];
    const {results, signal} = await makeCalls(['getppid', 'sched_yield'], {seccomp});
    assert.deepEqual(results, [-EXDEV]);
    assert.equal(signal, 'SIGSYS');
  });

  test('of every form, after the default one', async () => {
    const seccomp = ['default', refusing(['getppid']), compileSeccomp(refusing(['sched_yield']))] as const;
    const {results} = await makeCalls(['getppid', 'sched_yield', 'unshare,0x10000000'], {seccomp});
    assert.deepEqual(results, [-EXDEV, -EXDEV, -EPERM]);
  });

  test('a failure names the filter, and nothing is left', async () => {
    await leavesNothing(async () => {
      // An instruction that seccomp does not permit: BPF_LD | BPF_B | BPF_ABS.
      const bad = Buffer.from([0x30, 0, 0, 0, 0, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);
      const child = spawnInNamespace('true', [], {seccomp: ['default', bad]});
      const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException & Record<string, unknown>];
      assert.deepEqual([error.code, error.step, error.index, error.syscall], ['EINVAL', 'seccomp', 1, 'seccomp']);
      assert.match(String(error.hint), /the kernel refuses the program/);
      await once(child, 'close');
    });
  });

  test('a single filter has no index', async () => {
    const run = runInNamespace('true', {seccomp: Buffer.alloc(8)});
    await assert.rejects(run, (error: {cause: {step: string; code: string; index: unknown}}) => {
      const {step, code, index} = error.cause;
      assert.deepEqual([step, code, index], ['seccomp', 'EINVAL', undefined]);
      return true;
    });
  });

  test('a filter that refuses seccomp must be the last one', async () => {
    const closing: SeccompProfile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{names: ['seccomp'], action: 'SCMP_ACT_ERRNO'}],
    };
    const run = runInNamespace('true', {seccomp: [closing, 'default']});
    await assert.rejects(run, {code: 'EPERM', step: 'seccomp', index: 1, hint: /put it last/});
    assert.equal((await runInNamespace('true', {seccomp: ['default', closing]})).exitCode, 0);
  });
});

describe('no_new_privs', () => {
  const script = 'grep NoNewPrivs /proc/self/status';
  const seccomp = 'default';

  test('is not set where the command has CAP_SYS_ADMIN in its user namespace', async () => {
    assert.equal(await shell(script, {seccomp}), 'NoNewPrivs:\t0');
  });

  test('is not set where the caller forbids it', {skip: needsRoot()}, async () => {
    const run = runInNamespace('true', {seccomp: ['default'], uid: 1000, gid: 1000, noNewPrivileges: false});
    await assert.rejects(run, {code: 'EACCES', step: 'seccomp', index: 0, hint: /noNewPrivileges/});
  });

  test('is set where the capabilities have been taken away', async () => {
    assert.equal(await shell(script, {seccomp, capabilities: 'none'}), 'NoNewPrivs:\t1');
  });

  test('is set where it has not', {skip: needsRoot()}, async () => {
    assert.equal(await shell(script, {seccomp, uid: 1000, gid: 1000}), 'NoNewPrivs:\t1');
    assert.equal(await shell(script, {uid: 1000, gid: 1000}), 'NoNewPrivs:\t0');
  });
});

describe("the profile 'default'", () => {
  const NEWUSER = 0x10000000;
  /** Calls that get EPERM, and that would not without the filter (or not where the arguments are wrong). */
  const forbidden = [
    `unshare,${NEWUSER}`,
    `clone,${NEWUSER}`,
    // The kernel ignores the upper half of the flags, of the request and of the family.
    `clone,0x1${NEWUSER.toString(16)}`,
    'ioctl,0,0x5412,zero',
    'ioctl,0,0x100005412,zero',
    'ioctl,0,0x10000541c,zero',
    'socket,40,1,0',
    'socket,0x100000028,1,0',
    'socket,17,3,0',
    'socket,38,5,0',
    'socket,16,3,9',
    'personality,0x40000',
    'ptrace,0,0,0,0',
    'keyctl,0,0xfffffffd,0',
    'add_key,0,0,0,0,0',
    'request_key,0,0,0,0',
    'bpf,0,zero,8',
    'perf_event_open,zero,0,0,0,0',
    'userfaultfd,1',
    'io_uring_setup,1,zero',
    'io_uring_enter,0,0,0,0,0,0',
    'process_vm_readv,1,0,0,0,0,0',
    'pidfd_getfd,0,0,0',
    'kcmp,1,1,0,0,0',
    'mount,0,0,0,0,0',
    'umount2,0,0',
    'fsopen,0,0',
    'open_tree,0,0,0',
    'move_mount,0,0,0,0,0',
    'setns,0,0',
    'pivot_root,0,0',
    'chroot,0',
    'open_by_handle_at,0,0,0',
    'name_to_handle_at,0,0,0,0,0',
    'kexec_load,0,0,0,0',
    'init_module,0,0,0',
    'finit_module,0,0,0',
    'delete_module,0,0',
    'reboot,0,0,0,0',
    'swapon,0,0',
    'acct,0',
    'syslog,3,0,0',
    'settimeofday,0,0',
  ];

  test('refuses what is dangerous', async () => {
    const {results} = await makeCalls(forbidden, {seccomp: 'default'});
    assert.deepEqual(
      Object.fromEntries(forbidden.map((call, index) => [call, results[index]])),
      Object.fromEntries(forbidden.map(call => [call, -EPERM])),
    );
  });

  test('refuses it by the filter, and not for lack of privilege', async () => {
    const calls = ['ioctl,0,0x5412,zero', 'ptrace,0,0,0,0', `unshare,${NEWUSER}`, 'sched_yield'];
    const {results} = await makeCalls(calls, {stdio: ['ignore', 'pipe', 'pipe']});
    assert.deepEqual(results, [-ENOTTY, 0, 0, 0]);
  });

  test('lets programs do without what it does not know', async () => {
    const {results} = await makeCalls(['clone3,zero,0', '999', '0x40000027'], {seccomp: 'default'});
    assert.deepEqual(results, [-ENOSYS, -ENOSYS, -ENOSYS]);
  });

  test('allows what programs need', async () => {
    const calls = ['socket,1,1,0', 'socket,2,1,0', 'socket,10,2,0', 'socket,16,3,0', 'personality,0xffffffff'];
    const {results} = await makeCalls(calls, {seccomp: 'default'});
    assert.ok(
      results.every(result => result >= 0 || result === -constants.errno.EAFNOSUPPORT),
      results.join(),
    );
  });
});

test('a call of i386 ends the process', {skip: process.arch === 'x64' ? false : 'needs x86-64'}, async () => {
  const seccomp: SeccompProfile = {defaultAction: 'SCMP_ACT_ALLOW'};
  const {results, signal} = await makeCalls(['getpid', 'i386,20'], {seccomp});
  assert.equal(results.length, 1);
  assert.equal(signal, 'SIGSYS');
  const {results: unfiltered} = await makeCalls(['i386,20'], {});
  assert.ok(unfiltered[0]! > 0 || unfiltered[0] === -ENOSYS);
});

describe('programs run with', () => {
  const programs: Record<string, [file: string, args: string[]]> = {
    sh: ['sh', ['-c', 'echo "$(ls / | wc -l)" | grep -q . && sleep 0 & wait; echo done']],
    bash: ['bash', ['-c', 'read x < <(echo done); echo $x']],
    node: [
      process.execPath,
      [
        '-e',
        `const {Worker} = require('worker_threads'); const net = require('net');
         require('child_process').execFileSync('true');
         new Worker('0', {eval: true}).on('exit', () => {
           const server = net.createServer(s => s.end()).listen(0, () => net.connect(server.address().port)
             .resume().on('close', () => { server.close(); console.log('done'); }));
         });`,
      ],
    ],
    python3: [
      'python3',
      [
        '-c',
        'import subprocess, threading, socket; subprocess.run(["true"]); t = threading.Thread(target=print, args=("done",)); t.start(); t.join()',
      ],
    ],
    cc: ['sh', ['-c', 'echo "int main(){return 0;}" >a.c && cc a.c && ./a.out && echo done']],
    git: [
      'sh',
      ['-c', 'git init -q . && git -c user.name=a -c user.email=a commit -q --allow-empty -m a && echo done'],
    ],
  };
  for (const [name, profile] of Object.entries({...profiles, default: 'default' as const})) {
    for (const [program, [file, args]] of Object.entries(programs)) {
      test(`the profile of ${name}: ${program}`, {
        skip: program === 'node' ? false : needsProgram(program),
      }, async () => {
        const {stdout, stderr} = await runInNamespace(file, args, {
          namespaces: ['pid', 'mnt', 'net'],
          cwd: temporaryDirectory(),
          seccomp: profile,
          reject: false,
        });
        assert.equal(stdout, 'done\n', stderr);
      });
    }
  }
});

test('rules that depend on capabilities are those for the option `capabilities`', async () => {
  const seccomp = profiles.docker!;
  const options: SpawnOptions = {namespaces: ['pid', 'mnt', 'user'], seccomp};
  const resultWith = async (capabilities: SpawnOptions['capabilities']) =>
    (await makeCalls(['unshare,0x20000'], {...options, capabilities})).results[0];
  assert.deepEqual(
    [
      await resultWith('none'),
      await resultWith(['SYS_CHROOT']),
      await resultWith(['SYS_ADMIN']),
      await resultWith('all'),
    ],
    [-EPERM, -EPERM, 0, 0],
  );
});

test('the flags of a profile are passed on', async () => {
  const profile = {
    ...refusing(['getppid']),
    flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC'],
  };
  assert.deepEqual((await makeCalls(['getppid'], {seccomp: profile})).results, [-EXDEV]);
});
