// What is wrong with a profile, what is ignored, and what explainSeccomp() returns.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {
  compileSeccomp,
  explainSeccomp,
  type SeccompArgument,
  type SeccompProfile,
  type SeccompRule,
  spawnInNamespace,
} from 'namespawn';
import {architectureOf} from '../../dist/seccomp/architectures.js';
import {readProfile} from '../../dist/seccomp/read-profile.js';
import {profiles} from '../helpers/seccomp-profiles.js';

/** A profile that refuses everything but its rules. */
const denying = (...syscalls: SeccompRule[]): SeccompProfile => ({defaultAction: 'SCMP_ACT_ERRNO', syscalls});
const allow = (names: string[], args: SeccompArgument[] = []): SeccompRule => ({names, action: 'SCMP_ACT_ALLOW', args});

describe('unknown names of calls', () => {
  test('are refused in a rule that allows, because the right would be lost', () => {
    const message = /'profile\.syscalls\[1\]\.names' must be the name of a system call \(the nearest is 'openat'\)/;
    const profile = denying(allow(['read']), allow(['opneat']));
    assert.throws(() => compileSeccomp(profile), {code: 'ERR_INVALID_ARG_VALUE', message});
    const logging: SeccompRule = {names: ['opneat'], action: 'SCMP_ACT_LOG'};
    assert.throws(() => compileSeccomp(denying(logging)), {code: 'ERR_INVALID_ARG_VALUE'});
  });

  test('are ignored in other rules, as the OCI says', () => {
    const refusing: SeccompRule = {names: ['call_of_the_future', 'mount'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM'};
    const profile = denying(refusing);
    assert.deepEqual(readProfile(profile, {}, 'profile').ignored, ['call_of_the_future']);
    const permitting: SeccompProfile = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refusing]};
    assert.equal(explainSeccomp(permitting, 'mount').errno, 'EPERM');
    // Nothing is lost where everything is allowed.
    compileSeccomp({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [allow(['opneat'])]});
  });

  test('of other processors are known', () => {
    for (const [name, profile] of Object.entries(profiles)) {
      for (const architecture of ['x64', 'arm64'] as const) {
        assert.deepEqual(readProfile(profile, {architecture}, 'profile').ignored, [], name);
      }
    }
  });
});

describe('a profile is refused that has', () => {
  const rule: SeccompRule = {names: ['read'], action: 'SCMP_ACT_ALLOW'};
  const argument: SeccompArgument = {index: 0, value: 1, op: 'SCMP_CMP_EQ'};
  const withArgument = (part: object) => denying({...rule, args: [{...argument, ...part}]});
  const faults: Record<string, [profile: unknown, message: RegExp]> = {
    'the action trace': [{defaultAction: 'SCMP_ACT_TRACE'}, /defaultAction' is not supported/],
    'no default action': [{}, /defaultAction" property must be of type string/],
    'an unknown action': [{defaultAction: 'SCMP_ACT_ALOW'}, /the nearest is 'SCMP_ACT_ALLOW'/],
    'an unknown property': [{defaultAction: 'SCMP_ACT_ALLOW', syscall: []}, /the nearest is 'syscalls'|unknown/],
    'an unknown property of a rule': [denying({...rule, arg: [argument]} as never), /syscalls\[0\]\.arg'/],
    'no names': [denying({...rule, names: []}), /names' must contain/],
    'an unknown errno': [{defaultAction: 'SCMP_ACT_ERRNO', defaultErrno: 'ENOTHING'}, /name of an errno/],
    'an errno out of range': [
      {defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 4096},
      /defaultErrnoRet" is out of range/,
    ],
    'an unknown flag': [{defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER']}, /flags' must/],
    'an unknown operator': [withArgument({op: 'SCMP_CMP_IS'}), /args\[0\]\.op' must be one of/],
    'an index out of range': [withArgument({index: 6}), /args\[0\]\.index" is out of range/],
    'a number that is not exact': [withArgument({value: 2 ** 53}), /value' must be an integer, and a bigint/],
    'a negative number': [withArgument({value: -1}), /value' must have at most 64 bits, and no sign/],
    'a value that the kernel never sees': [
      denying({names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{...argument, value: 2 ** 32}]}),
      /value' must have at most 32 bits/,
    ],
    'a version that is none': [denying({...rule, includes: {minKernel: 'new'}}), /minKernel' must be a version/],
  };
  for (const [name, [profile, message]] of Object.entries(faults)) {
    test(name, () => {
      assert.throws(() => compileSeccomp(profile as SeccompProfile), {message});
      // Nothing has been started.
      const seccomp = profile as SeccompProfile;
      assert.throws(() => spawnInNamespace('true', [], {seccomp}), {code: /^ERR_(INVALID_ARG|OUT_OF)/});
    });
  }

  test('a program with a wrong size', () => {
    for (const size of [0, 7, 9, 8 * 4097]) {
      const seccomp = Buffer.alloc(size);
      assert.throws(() => spawnInNamespace('true', [], {seccomp}), {
        message: /must contain from 1 to 4096 instructions/,
      });
    }
    for (const seccomp of ['deflaut', 1, [null]]) {
      assert.throws(() => spawnInNamespace('true', [], {seccomp: seccomp as never}), {code: 'ERR_INVALID_ARG_TYPE'});
    }
  });
});

describe('explainSeccomp', () => {
  const {docker, podman} = profiles as Record<'docker' | 'podman', SeccompProfile>;

  test('names the rule and the errno', () => {
    const {action, errno, rule, number, unless} = explainSeccomp(docker, 'openat', undefined, {architecture: 'x64'});
    assert.deepEqual([action, errno, rule, number, unless], ['SCMP_ACT_ALLOW', undefined, 0, 257, []]);
    const refused = explainSeccomp(podman, 'kexec_load', undefined, {architecture: 'arm64'});
    assert.equal(refused.text, 'kexec_load (104) fails with EPERM by rule 0');
    assert.equal(explainSeccomp(docker, 'userfaultfd').rule, undefined);
  });

  test('depends on the arguments', () => {
    const flags = 0x10000000;
    assert.equal(explainSeccomp(docker, 'clone', [17]).action, 'SCMP_ACT_ALLOW');
    assert.equal(explainSeccomp(docker, 'clone', [flags]).errno, 'EPERM');
    // The kernel reads 32 bits of the flags.
    assert.equal(explainSeccomp(docker, 'clone', [(1n << 32n) | 17n]).action, 'SCMP_ACT_ALLOW');
    assert.equal(explainSeccomp('default', 'personality', [-1]).action, 'SCMP_ACT_ALLOW');
    const {unless, text} = explainSeccomp(docker, 'clone', undefined, {architecture: 'x64'});
    assert.deepEqual(
      unless.map(({action, when}) => [action, when]),
      [['SCMP_ACT_ALLOW', 'args[0] & 0x7e020000 == 0x0']],
    );
    assert.match(text, /^clone \(56\) fails with EPERM by the default action; if args\[0\]/);
  });

  test('depends on capabilities, processor and kernel', () => {
    assert.equal(explainSeccomp(docker, 'mount').errno, 'EPERM');
    assert.equal(explainSeccomp(docker, 'mount', [], {capabilities: ['CAP_SYS_ADMIN']}).action, 'SCMP_ACT_ALLOW');
    assert.equal(explainSeccomp(docker, 'ptrace', [], {kernel: '4.7.1'}).errno, 'EPERM');
    assert.equal(explainSeccomp(docker, 'ptrace', [], {kernel: '4.8.0-rc1'}).action, 'SCMP_ACT_ALLOW');
    const nowhere = explainSeccomp(docker, 'open', [], {architecture: 'arm64'});
    assert.deepEqual([nowhere.number, nowhere.text], [undefined, 'open does not exist on this processor']);
  });

  test('refuses what is no call and no number', () => {
    assert.throws(() => explainSeccomp(docker, 'opneat'), {message: /the nearest is 'openat'/});
    assert.throws(() => explainSeccomp(docker, 'openat', [0.5]), {code: 'ERR_INVALID_ARG_VALUE'});
    assert.throws(() => explainSeccomp(docker, 'openat', ['0' as never]), {code: 'ERR_INVALID_ARG_TYPE'});
  });
});

test('a rule with conditions comes before one without, and otherwise the first one decides', () => {
  const args: SeccompArgument[] = [{index: 0, value: 1, op: 'SCMP_CMP_EQ'}];
  const profile = denying(
    allow(['close']),
    {names: ['close'], action: 'SCMP_ACT_ERRNO', args},
    {names: ['close'], action: 'SCMP_ACT_KILL'},
  );
  assert.deepEqual(
    [0, 1].map(fd => explainSeccomp(profile, 'close', [fd]).rule),
    [0, 1],
  );
});

test('two conditions on one argument are two rules, as in runc', () => {
  const at = (value: number): SeccompArgument => ({index: 0, value, op: 'SCMP_CMP_EQ'});
  const profile = denying(allow(['close'], [at(1), at(2)]));
  assert.deepEqual(
    [0, 1, 2].map(fd => explainSeccomp(profile, 'close', [fd]).action === 'SCMP_ACT_ALLOW'),
    [false, true, true],
  );
});

test('the tables have the calls of the kernel that runs', () => {
  const amd64 = architectureOf('x64').syscalls;
  const arm64 = architectureOf('arm64').syscalls;
  assert.deepEqual(
    ['read', 'execve', 'clone3', 'mseal'].map(name => [amd64.get(name)?.number, arm64.get(name)?.number]),
    [
      [0, 63],
      [59, 221],
      [435, 435],
      [462, 462],
    ],
  );
  assert.equal(amd64.get('ioctl')!.widthOf(1), 32);
  assert.equal(amd64.get('ioctl')!.widthOf(2), 64);
  assert.equal(amd64.get('chmod')!.widthOf(1), 16);
});
