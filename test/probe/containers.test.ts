// With settings as in containers and services, probe() and the error of a spawn name the true cause.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {describe, test} from 'node:test';
import type {ProbeReport} from 'namespawn';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';

/** The results of a program: the report of probe(), and the error of a spawn. */
interface Seen {
  report: ProbeReport;
  error: {code: string; step: string; hint: string; message: string} | null;
  output: string;
}

/** Runs a program that probes and spawns with these options, executed by the launchers. */
function seenBehind(launcher: readonly string[], options: object = {}): Seen {
  const script = `import {probe, spawnInNamespace} from 'namespawn';
    const child = spawnInNamespace('echo', ['ran'], ${JSON.stringify(options)});
    let error = null, output = '';
    child.on('error', ({code, step, hint, message}) => { error = {code, step, hint, message}; });
    child.stdout.on('data', chunk => { output += chunk; });
    await new Promise(resolve => child.on('close', resolve));
    console.log(JSON.stringify({report: await probe(), error, output}));`;
  const [file, ...args] = [...launcher, process.execPath, '--input-type=module', '-e', script];
  const {stdout, stderr} = spawnSync(file!, args, {encoding: 'utf8', timeout: 60_000});
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Seen;
}

const refuse = (...rules: string[]): string[] => [testProgram('refuse'), ...rules, '--'];
const asUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
// These settings concern user namespaces, which root does not need.
const user = {namespaces: ['user', 'pid', 'mnt']};
const combination = ({combinations}: ProbeReport, name: string): ProbeReport['combinations'][number] =>
  combinations.find(result => result.name.startsWith(name))!;

const newUser = '0x10000000';

describe('seccomp', () => {
  test('clone3 refused with ENOSYS: clone is used, and probe reports it', () => {
    const {report, error, output} = seenBehind(refuse('clone3=ENOSYS'), user);
    assert.equal(error, null);
    assert.equal(output, 'ran\n');
    assert.equal(report.works, true);
    const clone3 = report.features.find(({name}) => name === 'clone3')!;
    assert.equal(clone3.code, 'ENOSYS');
    assert.match(clone3.why!, /seccomp filter/);
    assert.match(clone3.advice!, /clone is used instead/);
  });

  test('CLONE_NEWUSER refused with EPERM', () => {
    const rules = ['clone3=ENOSYS', `clone&${newUser}=EPERM`, `unshare&${newUser}=EPERM`];
    const {report, error} = seenBehind(refuse(...rules), user);
    assert.deepEqual([error?.code, error?.step], ['EPERM', 'namespaces']);
    assert.match(error!.hint, /seccomp filter/);
    assert.ok(error!.message.includes(error!.hint));
    assert.equal(report.caller.hasSeccompFilter, true);
    assert.deepEqual([report.namespaces.user.works, report.namespaces.user.code], [false, 'EPERM']);
    assert.match(report.namespaces.user.why!, /seccomp filter/);
    // Root needs no user namespace for the other types.
    assert.equal(report.works, isRoot);
  });

  test('mount refused with EPERM', () => {
    const {error} = seenBehind(refuse('mount=EPERM'), user);
    assert.deepEqual([error?.code, error?.step], ['EPERM', 'propagation']);
    assert.match(error!.hint, /seccomp filter .* refuses mount/);
  });
});

describe('limits', () => {
  // Each user namespace has its own sysctls.
  const limited = (type: string): string[] => [
    ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
    `echo 0 > /proc/sys/user/max_${type}_namespaces && exec "$@"`,
    'sh',
  ];

  for (const type of ['user', 'pid', 'net', 'uts'] as const) {
    test(`max_${type}_namespaces 0`, () => {
      const options = {namespaces: type === 'user' ? ['user', 'pid', 'mnt'] : [type]};
      const {report, error} = seenBehind(limited(type), options);
      assert.deepEqual([error?.code, error?.step], ['ENOSPC', 'namespaces']);
      assert.match(error!.hint, new RegExp(`user\\.max_${type}_namespaces is 0`));
      assert.equal(report.namespaces[type].code, 'ENOSPC');
      assert.match(report.namespaces[type].why!, new RegExp(`user\\.max_${type}_namespaces is 0`));
    });
  }

  test('RLIMIT_NPROC is full', {skip: needsRoot()}, () => {
    // No other process runs as this user. Node itself has some threads.
    const launcher = ['setpriv', '--reuid=54399', '--regid=54399', '--clear-groups', '--', 'sh', '-c'];
    const script = `import {execFileSync} from 'node:child_process';
      import {readdirSync} from 'node:fs';
      import {probe, spawnInNamespace} from 'namespawn';
      // The reactor thread, and the threads of libuv's pool.
      await new Promise(resolve => spawnInNamespace('true').on('close', resolve));
      await import('node:fs/promises').then(({stat}) => stat('/'));
      execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=' + readdirSync('/proc/self/task').length]);
      const child = spawnInNamespace('echo');
      let error = null;
      child.on('error', ({code, step, hint}) => { error = {code, step, hint}; });
      await new Promise(resolve => child.on('close', resolve));
      console.log(JSON.stringify({report: await probe(), error}));`;
    const [file, ...args] = [...launcher, 'exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script];
    const {stdout, stderr} = spawnSync(file!, args, {encoding: 'utf8', timeout: 60_000});
    assert.notEqual(stdout, '', stderr);
    const {report, error} = JSON.parse(stdout) as Seen;
    assert.deepEqual([error?.code, error?.step], ['EAGAIN', 'namespaces']);
    assert.match(error!.hint, /RLIMIT_NPROC/);
    assert.equal(report.works, false);
    assert.match(report.combinations[0]!.why!, /user 54399 .* RLIMIT_NPROC/);
  });
});

describe('/proc', () => {
  const overmounted = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    'mount -t tmpfs none /proc/acpi 2>/dev/null || mount -t tmpfs none /proc/fs; exec "$@"',
    'sh',
  ];

  test('a mount over it hides a part of it', {skip: needsRoot()}, () => {
    const {report, error} = seenBehind(overmounted, user);
    assert.deepEqual([error?.code, error?.step], ['EPERM', 'mountProc']);
    assert.match(error!.hint, /mounts over \/proc\/(acpi|fs)/);
    const rootless = combination(report, 'rootless: user, pid, mnt with /proc');
    assert.deepEqual([rootless.code, rootless.step], ['EPERM', 'mountProc']);
    assert.match(rootless.why!, /mounts over \/proc\/(acpi|fs)/);
    assert.match(rootless.advice!, /mountProc: false/);
    assert.equal(combination(report, 'rootless: user, pid, mnt without an own /proc').works, true);
    // Real root is allowed to mount it.
    assert.equal(report.works, true);
  });

  test('a read-only mount of it', {skip: needsRoot()}, () => {
    const launcher = ['unshare', '--mount', 'sh', '-c', 'mount -o remount,ro,bind /proc; exec "$@"', 'sh'];
    const {error} = seenBehind(launcher, user);
    assert.deepEqual([error?.code, error?.step], ['EROFS', 'setgroups']);
    assert.match(error!.hint, /\/proc is mounted read-only/);
  });
});

describe('privilege', () => {
  test('without CAP_SYS_ADMIN, and without a user namespace', {skip: needsRoot()}, () => {
    const {report, error} = seenBehind(asUser, {namespaces: {pid: 'new', user: 'inherit'}});
    assert.deepEqual([error?.code, error?.step], ['EPERM', 'namespaces']);
    assert.match(error!.hint, /CAP_SYS_ADMIN.*add 'user'/);
    assert.equal(report.caller.isPrivileged, false);
    assert.equal(report.works, true);
  });
});
