// Hints name the true cause, which is looked for on the machine. Each test puts a program into that state.
import assert from 'node:assert/strict';
import {rmdirSync} from 'node:fs';
import {describe, test} from 'node:test';
import {NamespaceError} from 'namespawn';
import {makePidsCgroup, needsPidsController} from '../helpers/cgroups.js';
import {testProgram} from '../helpers/programs.js';
import {needsProgram, needsRoot} from '../helpers/requirements.js';
import {asOrdinaryUser, attempt, inChroot, inMounts, needsLandlock, nested, type Told} from './attempt.js';

function check(told: Told, expected: Partial<Told>, hint: RegExp): void {
  assert.notEqual(told, null, 'there was no error');
  for (const [name, value] of Object.entries(expected))
    assert.equal(told[name as keyof Told], value, JSON.stringify(told));
  assert.match(told.hint ?? '', hint);
}

const refuse = (...rules: string[]): string[] => [testProgram('refuse'), ...rules, '--'];
const without = (...capabilities: string[]): string[] => {
  const list = capabilities.map(name => `-${name}`).join(',');
  return ['setpriv', `--bounding-set=${list}`, `--inh-caps=${list}`, '--'];
};

describe('id maps', {skip: needsRoot() || needsProgram('setpriv')}, () => {
  const own = "report(await spawned({uidMap: 'root'}));";
  const listed = 'const map = [{containerId: 7, hostId: 7, size: 1}, {containerId: 0, hostId: 0, size: 1}];';

  test('of user 0 without CAP_SETFCAP', () => {
    const told = attempt(without('setfcap'), own);
    check(told, {code: 'EPERM', step: 'uidMap'}, /user 0 of the caller needs CAP_SETFCAP .*SETFCAP/);
  });

  test('of user 0 among others', () => {
    const told = attempt(without('setfcap'), `${listed} report(await spawned({uidMap: map, gidMap: map}));`);
    check(told, {code: 'EPERM', step: 'uidMap', index: 1}, /CAP_SETFCAP/);
  });

  test('of others without CAP_SETUID, which newuidmap does not map either', {skip: needsProgram('newuidmap')}, () => {
    const script =
      'const map = [{containerId: 7, hostId: 7, size: 1}]; report(await spawned({uidMap: map, gidMap: map}));';
    for (const type of ['uid', 'gid'] as const) {
      const told = attempt(without(`set${type}`), script);
      const hint = new RegExp(`/etc/sub${type} does not give the ids 7 to 7 to the user root`);
      check(told, {code: 'EPERM', step: `${type}Map`, index: 0}, hint);
    }
  });
});

describe('a seccomp profile that refuses what it does not know with EPERM', () => {
  for (const call of ['close_range', 'execveat'] as const) {
    test(call, () => {
      const told = attempt(refuse(`${call}=EPERM`), 'report(await spawned({}));');
      check(
        told,
        {code: 'EPERM', syscall: call, step: 'init'},
        /a seccomp filter refuses .*allow close_range, execveat/,
      );
    });
  }
});

describe('a chroot whose root is no mount', {skip: needsRoot()}, () => {
  test('is named, with what to do', () => {
    const told = attempt(inChroot(), 'report(await spawned({}));');
    const expected = {code: 'EINVAL', syscall: 'mount', step: 'propagation', path: '/'};
    check(told, expected, /directory within a mount \(chroot\(2\)\).*propagation: 'unchanged'/);
  });

  test('does not matter then', () => {
    assert.equal(attempt(inChroot(), "report(await spawned({propagation: 'unchanged'}));"), null);
  });

  test('is why there is no user namespace', () => {
    const told = attempt(inChroot(), "report(await spawned({namespaces: ['user', 'pid']}));");
    check(told, {code: 'EPERM', step: 'namespaces'}, /in a chroot, where the kernel refuses user namespaces/);
  });
});

describe('too many processes', () => {
  test('RLIMIT_NPROC, when the thread of the addon starts', {skip: needsProgram('prlimit')}, () => {
    const script = `import {spawnSync} from 'node:child_process';
      spawnSync('prlimit', ['--nproc=1', '--pid', String(process.pid)]);
      report(await spawned({}));`;
    const told = attempt(asOrdinaryUser(), script);
    check(
      told,
      {code: 'EAGAIN', syscall: 'pthread_create', step: 'channel'},
      /user \d+ has as many .* RLIMIT_NPROC allows, 1;/,
    );
  });

  test('pids.max, for the command', {skip: needsPidsController()}, () => {
    const group = makePidsCgroup();
    try {
      const script = `import {readFileSync, writeFileSync} from 'node:fs';
        await spawned({});
        // Room for nsinit, and not for the command.
        writeFileSync('${group}/pids.max', String(Number(readFileSync('${group}/pids.current')) + 1));
        report(await spawned({}));`;
      const told = attempt(['sh', '-c', `echo $$ >${group}/cgroup.procs; exec "$@"`, 'sh'], script);
      check(
        told,
        {code: 'EAGAIN', step: 'command'},
        new RegExp(`the cgroup /.*namespawn-test-${process.pid} holds as many`),
      );
    } finally {
      rmdirSync(group);
    }
  });
});

describe('namespaces', () => {
  test('nested as deep as may be, each with its own /proc', {skip: needsRoot()}, () => {
    const told = attempt(nested(32), 'report(await spawned({}));');
    check(told, {code: 'ENOSPC', step: 'namespaces'}, /PID namespaces are already nested 32 deep/);
  });

  test('where the children of the thread are elsewhere', {skip: needsRoot()}, () => {
    const told = attempt([], 'await spawned({}); unshare(constants.CLONE_NEWPID); report(await spawned({}));');
    check(told, {code: 'EINVAL', step: 'namespaces'}, /pid_for_children.*setns\(\) of namespawn\/sys/);
  });
});

describe('namespawn/sys', () => {
  test('unshare(CLONE_NEWNS) without CAP_SYS_ADMIN', () => {
    const told = attempt(asOrdinaryUser(), 'report(thrown(() => unshare(constants.CLONE_NEWNS)));');
    check(told, {code: 'EPERM', syscall: 'unshare'}, /unshare\(2\) needs CAP_SYS_ADMIN/);
  });

  test('unshare(CLONE_NEWUSER) in a process of several threads', () => {
    const told = attempt([], 'report(thrown(() => unshare(constants.CLONE_NEWUSER)));');
    check(
      told,
      {code: 'EINVAL', syscall: 'unshare'},
      /several threads, such as Node, cannot move itself into a new user/,
    );
  });

  test('unshare(CLONE_NEWPID) twice', {skip: needsRoot()}, () => {
    const twice = 'unshare(constants.CLONE_NEWPID); report(thrown(() => unshare(constants.CLONE_NEWPID)));';
    check(attempt([], twice), {code: 'EINVAL', syscall: 'unshare'}, /pid_for_children/);
  });

  const entered = (type: string): string =>
    `import {openSync} from 'node:fs'; report(thrown(() => setns(openSync('/proc/self/ns/${type}'))));`;

  test('setns of a mount namespace', {skip: needsRoot()}, () => {
    check(
      attempt([], entered('mnt')),
      {code: 'EINVAL', syscall: 'setns'},
      /shares its root .* unshare\(constants.CLONE_FS\)/,
    );
  });

  test('setns of a user namespace', () => {
    check(
      attempt([], entered('user')),
      {code: 'EINVAL', syscall: 'setns'},
      /several threads.* cannot enter a user namespace/,
    );
  });

  test('setns of a time namespace', {skip: needsRoot()}, () => {
    check(attempt([], entered('time')), {code: 'EUSERS', syscall: 'setns'}, /cannot enter a time namespace/);
  });

  test('setns without CAP_SYS_ADMIN', () => {
    check(attempt(asOrdinaryUser(), entered('net')), {code: 'EPERM', syscall: 'setns'}, /needs CAP_SYS_ADMIN/);
  });

  test('setns with what is no namespace', () => {
    const script = "import {openSync} from 'node:fs'; report(thrown(() => setns(openSync('/dev/null'))));";
    check(attempt([], script), {code: 'EINVAL', syscall: 'setns'}, /is none of a namespace/);
  });
});

describe('Landlock', {skip: needsLandlock(testProgram('landlocked'))}, () => {
  test('is named where it forbids a mount', () => {
    const told = attempt([testProgram('landlocked')], 'report(await spawned({}));');
    check(told, {code: 'EPERM', syscall: 'mount', step: 'propagation'}, /^Landlock restricts this process/);
  });

  test('is not named where there is none', () => {
    const told = attempt(refuse('mount=EPERM'), 'report(await spawned({}));');
    check(told, {code: 'EPERM', syscall: 'mount'}, /^a seccomp filter/);
  });
});

describe('files', () => {
  const limited = ['sh', '-c', 'ulimit -f 1; exec "$@"', 'sh'];
  const large = "Array(200).fill('x'.repeat(1000))";

  test('a plan beyond RLIMIT_FSIZE', () => {
    const told = attempt(limited, `report(await spawned({}, ${large}));`);
    check(told, {code: 'EFBIG', syscall: 'write', step: 'channel'}, /RLIMIT_FSIZE.*ulimit -f/);
  });

  test('the same in a sandbox', () => {
    const script = `const sandbox = await createSandbox();
      const error = await failure(() => sandbox.spawn('true', ${large}));
      await sandbox.close();
      report(error);`;
    check(attempt(limited, script), {code: 'EFBIG', syscall: 'write', step: 'channel'}, /RLIMIT_FSIZE/);
  });

  test("stdio: 'ignore' without /dev", () => {
    const told = attempt(inMounts('mount -t tmpfs none /dev'), "report(await spawned({stdio: 'ignore'}));");
    const expected = {code: 'ENOENT', syscall: 'open', step: 'stdio', path: '/dev/null'};
    check(told, expected, /there is no \/dev\/null here.*mount a \/dev/);
  });

  test('no /proc: nothing is said of privilege that is not missing', {skip: needsRoot()}, () => {
    const line = [...inMounts('umount -l /proc'), ...refuse('mount=EPERM')];
    const told = attempt(line, "report(await spawned({propagation: 'unchanged', mountProc: true}));");
    check(told, {code: 'EPERM', syscall: 'mount', step: 'mountProc'}, /^the kernel refuses a new \/proc here/);
    const maps = attempt(inMounts('umount -l /proc'), "report(await spawned({uidMap: 'root'}));");
    check(maps, {code: 'ENOENT'}, /there is no \/proc here/);
  });
});

test('a process that does not exist', () => {
  for (const call of [
    "openNamespace(999999999, 'net')",
    'namespawn.listProcesses(999999999)',
    'namespawn.namespacesOf(999999999)',
    'namespawn.namespaceIds(999999999)',
  ])
    check(attempt([], `report(thrown(() => ${call}));`), {code: 'ESRCH', step: 'source'}, /^there is no such process/);
});

test('EUSERS has its name', () => {
  assert.equal(new NamespaceError({errno: -87}).code, 'EUSERS');
});
