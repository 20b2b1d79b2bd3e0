// Whatever a command does to nsinit, and whatever the kernel refuses to Node: what Node ends, ends.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {createSandbox, runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {type Finished, finished, type SpawnError} from '../helpers/finished.js';
import {startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {linesOf} from '../helpers/lines.js';
import {findProcesses, readProc, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';
import {beforeTimeout, slowness} from '../helpers/time.js';

/** Attacks on nsinit that need no privilege but the same ids. */
const attacks: {name: string; script: string; options: SpawnOptions}[] = [
  {name: 'takes its descriptors away', script: 'prlimit --pid 1 --nofile=0:0', options: {}},
  {name: 'leaves it four descriptors', script: 'prlimit --pid 1 --nofile=4:4', options: {}},
  {name: 'takes its memory away', script: 'prlimit --pid 1 --as=1:1 --data=1:1', options: {}},
  {
    name: 'stops its supervisor',
    script: 'kill -STOP $PPID',
    options: {namespaces: ['uts', ...(isRoot ? [] : ['user' as const])]},
  },
  // nsinit forwards them, and the command ignores them.
  {name: 'floods it with signals', script: `trap "" 36 37 38 39; ${testProgram('flood')} 1`, options: {}},
  {
    name: 'floods its supervisor with signals',
    script: `trap "" 36 37 38 39; ${testProgram('flood')} $PPID`,
    options: {namespaces: ['uts', ...(isRoot ? [] : ['user' as const])]},
  },
  {
    name: 'takes the descriptors of its supervisor away',
    script: 'prlimit --pid $PPID --nofile=0:0',
    options: {namespaces: ['uts', ...(isRoot ? [] : ['user' as const])]},
  },
];

describe('a command that', () => {
  for (const {name, script, options} of attacks) {
    describe(name, () => {
      const attack = async (more: SpawnOptions = {}) => {
        const marker = uniqueDuration();
        const line = `${script} && echo done && exec sleep ${marker}`;
        const child = spawnInNamespace('sh', ['-c', line], {...options, ...more, stdio: ['ignore', 'pipe', 'inherit']});
        const end = finished(child);
        const hasBegun = await Promise.race([once(child.stdout!, 'data').then(() => true), end.then(() => false)]);
        return {child, end, marker, hasBegun};
      };
      const assertGone = (marker: string) => eventually(() => assert.deepEqual(findProcesses({marker}), []));

      test('is killed by kill()', () =>
        leavesNothing(async () => {
          const {child, end, marker} = await attack();
          assert.equal(child.kill('SIGKILL'), true);
          assert.equal((await end).signal, 'SIGKILL');
          await assertGone(marker);
        }));

      test('is killed by its timeout', () =>
        leavesNothing(async () => {
          const {end, marker} = await beforeTimeout(async timeout => {
            const attacked = await attack({timeout});
            return attacked.hasBegun ? attacked : undefined;
          });
          assert.equal((await end).signal, 'SIGTERM');
          await assertGone(marker);
        }));

      test('is killed by killAll()', () =>
        leavesNothing(async () => {
          const {child, end, marker} = await attack();
          assert.equal(child.killAll(), true);
          assert.equal((await end).signal, 'SIGKILL');
          await assertGone(marker);
        }));

      test('ends with Node', async () => {
        const marker = uniqueDuration();
        const fixture = startFixture('attacked', [script, marker, JSON.stringify(options)]);
        assert.equal(await fixture.next<string>(), 'done');
        fixture.process.kill('SIGKILL');
        await once(fixture.process, 'exit');
        await eventually(() => assert.deepEqual(findProcesses({marker, session: fixture.process.pid!}), []));
      });
    });
  }
});

describe('in a sandbox whose init a command has limited to', () => {
  for (const limit of ['0:0', '4:4']) {
    test(`--nofile=${limit}: running commands continue, new ones fail, and timeouts work`, () =>
      leavesNothing(async () => {
        const sandbox = await createSandbox();
        const cat = sandbox.spawn('cat', {stdio: ['pipe', 'pipe', 'inherit']});
        const late = sandbox.run('sleep', ['1000'], {timeout: 1000, reject: false});
        await Promise.all([once(cat, 'spawn'), once(late.child, 'spawn')]);
        assert.equal((await sandbox.run('prlimit', ['--pid', '1', `--nofile=${limit}`])).exitCode, 0);
        const {error, events} = (await finished(sandbox.spawn('true'))) as Finished & {error: SpawnError};
        assert.deepEqual(
          [error.code, error.syscall, error.step, events],
          ['EMFILE', 'recvmsg', 'init', ['error', 'close']],
        );
        assert.match(error.hint!, /RLIMIT_NOFILE/);
        const next = linesOf(cat.stdout!);
        cat.stdin!.write('still here\n');
        assert.equal(await next(), 'still here');
        assert.equal((await late).timedOut, true);
        cat.stdin!.end();
        assert.equal((await finished(cat)).code, 0);
        assert.deepEqual(await sandbox.close({graceMs: 1000}), {isForcefullyTerminated: false});
      }));
  }
});

const range = [{containerId: 0, hostId: 100_000, size: 1000}];
const ofRoot: [string, SpawnOptions][] = [
  ['with ranges of ids', {uidMap: range, gidMap: range}],
  ['with ranges of ids, as a supervisor', {namespaces: ['user', 'uts'], uidMap: range, gidMap: range}],
  ['with a command of another user', {uid: 54_321, gid: 54_321, groups: []}],
];

// An nsinit that is stopped cannot read the end of the channel. The kernel's PDEATHSIG reaches it in any state.
describe('an nsinit that is stopped ends with Node', {concurrency: true}, () => {
  for (const [name, options] of [
    ['as PID 1', {}],
    ['as a supervisor', {namespaces: ['uts', ...(isRoot ? [] : ['user'])]}],
    ['with init: false', {init: false}],
    // The kernel disarms PDEATHSIG when credentials change.
    ['as root of its user namespace', {uidMap: 'root'}],
    ['as root of its user namespace, as a supervisor', {namespaces: ['user', 'uts'], uidMap: 'root'}],
    ...(isRoot ? ofRoot : []),
  ] as [string, SpawnOptions][]) {
    test(name, async () => {
      const marker = uniqueDuration();
      const fixture = startFixture('spawner', ['wait', marker, JSON.stringify(options)]);
      const {pid} = await fixture.next<{pid: number}>();
      process.kill(pid, 'SIGSTOP');
      await eventually(() => assert.match(readProc(`${pid}/stat`)!, /^\d+ \(nsinit\) T/));
      fixture.process.kill('SIGKILL');
      await once(fixture.process, 'exit');
      await eventually(() => assert.deepEqual(findProcesses({marker, session: fixture.process.pid!}), []));
    });
  }
});

// Each test has a Node of its own, and most of it is waiting.
describe('if Node may no longer signal nsinit', {concurrency: 4}, () => {
  const launcher = isRoot ? [] : [testProgram('refuse'), 'pidfd_send_signal=EPERM', '--'];
  const expected: Record<string, unknown> = {
    killAll: [true, null, 'SIGKILL'],
    shutdown: [true, 'SIGKILL'],
    dispose: 'SIGKILL',
    forceKillAfterDelay: [null, 'SIGKILL'],
    maxBuffer: [true, 'SIGKILL'],
    close: true,
  };
  // Each test starts a Node. On an emulated CPU one place is enough to show what the kernel does.
  for (const place of ['init', ...(isRoot && slowness === 1 ? ['supervised'] : [])]) {
    for (const [what, result] of Object.entries(expected)) {
      test(`${what} of ${place} settles, and nothing is left`, async () => {
        const marker = uniqueDuration();
        const fixture = startFixture('held', [what, place, marker], launcher);
        const {outcome} = await fixture.next<{outcome: unknown}>();
        assert.deepEqual(outcome, result);
        await eventually(() => assert.deepEqual(findProcesses({marker}), []));
      });
    }
  }

  for (const what of ['unkillable', 'close, unkillable']) {
    test(`and nsinit does not read its messages, ${what} reports EPERM`, async () => {
      const fixture = startFixture('held', [what, 'init', uniqueDuration()], launcher);
      const pid = await fixture.next<number>();
      process.kill(pid, 'SIGSTOP');
      fixture.process.stdin!.write('go');
      assert.deepEqual((await fixture.next<{outcome: unknown}>()).outcome, ['EPERM', 'kill']);
      process.kill(pid, 'SIGKILL');
      await eventually(() => assert.deepEqual(findProcesses({session: fixture.process.pid!}), []));
    });
  }
});

test("nsinit does not keep the caller's working directory busy, neither outside nor inside", {
  skip: needsRoot(),
}, async () => {
  const directory = temporaryDirectory();
  const {stderr, exitCode} = await runInNamespace(
    'sh',
    [
      '-c',
      'mount -t tmpfs none "$1" && cd "$1" && exec "$2" --input-type=module -e "$3" "$1"',
      'sh',
      directory,
      process.execPath,
      `import {spawnInNamespace} from ${JSON.stringify(import.meta.resolve('namespawn'))};
       import {execFileSync} from 'node:child_process';
       import {once} from 'node:events';
       // nsinit leaves the directory right after the command's exec.
       const patient = 'until error=$(umount "$1" 2>&1); do case $error in *busy*) ;; *) echo "$error" >&2; exit 1; esac; done';
       const inside = 'cd /; ' + patient + '; echo ready; exec sleep 1000';
       for (const namespaces of [['pid', 'mnt'], ['pid'], ['uts']]) {
         process.chdir(process.argv[1]);
         const script = namespaces.includes('mnt') ? inside : 'cd /; echo ready; exec sleep 1000';
         const child = spawnInNamespace('sh', ['-c', script, 'sh', process.argv[1]], {
           namespaces,
           stdio: ['ignore', 'pipe', 'inherit'],
         });
         await once(child.stdout, 'data');
         process.chdir('/');
         execFileSync('sh', ['-c', patient, 'sh', process.argv[1]], {stdio: 'inherit', timeout: 30_000});
         child.killAll();
         await once(child, 'close');
         execFileSync('mount', ['-t', 'tmpfs', 'none', process.argv[1]]);
       }`,
    ],
    {reject: false},
  );
  assert.deepEqual([stderr, exitCode], ['', 0]);
});
