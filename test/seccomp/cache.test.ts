// Profiles that are given to several spawns.
import assert from 'node:assert/strict';
import {constants} from 'node:os';
import {test} from 'node:test';
import type {SeccompProfile, SpawnOptions} from 'namespawn';
import {makeCalls} from '../helpers/calls.js';

const {EXDEV, EPERM} = constants.errno;

/** A profile that counts how often it is read. */
function counting(): {profile: SeccompProfile; reads(): number} {
  let reads = 0;
  const profile: SeccompProfile = {
    get defaultAction() {
      reads++;
      return 'SCMP_ACT_ALLOW' as const;
    },
    syscalls: [{names: ['sched_yield'], action: 'SCMP_ACT_ERRNO', errno: 'EXDEV'}],
  };
  return {profile, reads: () => reads};
}

const result = async (options: SpawnOptions): Promise<number> =>
  (await makeCalls(['sched_yield'], options)).results[0]!;

test('a profile is compiled once', async () => {
  const {profile, reads} = counting();
  assert.equal(await result({seccomp: profile}), -EXDEV);
  const first = reads();
  assert.equal(await result({seccomp: profile}), -EXDEV);
  // Once, to compare it.
  assert.equal(reads(), first + 1);
});

test('a profile that was changed is compiled again', async () => {
  const rule = {names: ['sched_yield'], action: 'SCMP_ACT_ERRNO' as const, errno: 'EXDEV'};
  const profile: SeccompProfile = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule]};
  assert.equal(await result({seccomp: profile}), -EXDEV);
  rule.errno = 'EPERM';
  assert.equal(await result({seccomp: profile}), -EPERM);
  rule.names.length = 0;
  rule.names.push('getpid');
  assert.equal(await result({seccomp: profile}), 0);
});

test('a profile is compiled again for other capabilities', async () => {
  const profile: SeccompProfile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      {names: ['sched_yield'], action: 'SCMP_ACT_ERRNO', errno: 'EXDEV', includes: {caps: ['CAP_SYS_CHROOT']}},
    ],
  };
  const namespaces = ['user', 'pid', 'mnt'] as const;
  assert.equal(await result({namespaces, seccomp: profile, capabilities: 'none'}), 0);
  assert.equal(await result({namespaces, seccomp: profile, capabilities: ['SYS_CHROOT']}), -EXDEV);
  assert.equal(await result({namespaces, seccomp: profile, capabilities: 'none'}), 0);
});

test('with numbers of 64 bits', async () => {
  const profile: SeccompProfile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      {
        names: ['sched_yield'],
        action: 'SCMP_ACT_ERRNO',
        errno: 'EXDEV',
        args: [{index: 0, value: 0xffff_ffff_0000_0000n, op: 'SCMP_CMP_EQ'}],
      },
    ],
  };
  assert.equal(await result({seccomp: profile}), 0);
  profile.syscalls = [{...profile.syscalls![0]!, args: [{index: 0, value: 0n, op: 'SCMP_CMP_EQ'}]}];
  assert.equal(await result({seccomp: profile}), -EXDEV);
});
