import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {kernelLacks} from './kernel.js';
import {testProgram} from './programs.js';
import {patient} from './time.js';

test('a kernel lacks the features of later kernels', () => {
  assert.equal(kernelLacks('PIDFD_GET_INFO', '6.12.117+deb12-amd64'), 'the kernel lacks PIDFD_GET_INFO (Linux 6.13)');
  assert.equal(kernelLacks('PIDFD_GET_INFO', '6.13.0'), false);
  assert.equal(kernelLacks('PIDFD_GET_INFO', '6.2.0-1-cloud'), 'the kernel lacks PIDFD_GET_INFO (Linux 6.13)');
  assert.equal(kernelLacks('PIDFD_GET_INFO', '7.0.1'), false);
});

test('an emulated CPU is recognized', () => {
  const isEmulated = /^model name\s*:\s*QEMU TCG/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  assert.equal(patient(10) > 10, isEmulated);
});

function refuse(rules: string[], script: string): {status: number | null; stderr: string} {
  const env = {...process.env, LC_ALL: 'C'};
  return spawnSync(testProgram('refuse'), [...rules, '--', 'bash', '-c', script], {env, encoding: 'utf8'});
}

test('refuse makes a system call fail with the given error', () => {
  assert.equal(refuse(['setns=EINVAL'], 'unshare --fork true').stderr, '');
  assert.match(refuse(['unshare=EINVAL'], 'unshare --fork true').stderr, /Invalid argument/);
  assert.match(refuse(['setns=EINVAL', 'unshare=ENOSYS'], 'unshare --fork true').stderr, /not implemented/);
});

test('refuse distinguishes the requests of one system call', () => {
  // stty uses TCGETS and TIOCGWINSZ, in this order.
  const stty = 'script -qec "stty size" /dev/null 2>&1 | grep -c "Inappropriate ioctl"';
  assert.equal(refuse([], stty).status, 1);
  assert.equal(refuse(['ioctl:0x5413=ENOTTY'], stty).status, 0);
  assert.equal(refuse(['ioctl:0xb706=ENOTTY'], stty).status, 1);
});

test('refuse does not run the command if a rule is invalid', () => {
  for (const rule of ['clone3', 'nosuchcall=EPERM', 'clone3=ENOSUCHERROR']) {
    assert.equal(refuse([rule], 'true').status, 2, rule);
  }
});
