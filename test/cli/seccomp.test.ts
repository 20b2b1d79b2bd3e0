// namespawn seccomp, and namespawn run --seccomp.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {compileSeccomp, explainSeccomp, type SeccompProfile} from 'namespawn';
import {tryNamespawn} from '../helpers/commands.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const docker = fileURLToPath(new URL('../../test/data/seccomp/docker.json', import.meta.url));
const profile = JSON.parse(readFileSync(docker, 'utf8')) as SeccompProfile;

test('explain', () => {
  const {stdout} = tryNamespawn('seccomp', 'explain', docker, 'openat');
  assert.equal(stdout, `${explainSeccomp(profile, 'openat').text}\n`);
  const withArguments = tryNamespawn('seccomp', 'explain', docker, 'clone', '0x10000000', '0');
  assert.match(withArguments.stdout, /^clone \(\d+\) fails with EPERM by the default action\n$/);
  const withCapability = tryNamespawn('seccomp', '--cap', 'sys_admin', 'explain', docker, 'mount', '--json');
  assert.equal((JSON.parse(withCapability.stdout) as {action: string}).action, 'SCMP_ACT_ALLOW');
  const all = tryNamespawn('seccomp', '--arch', 'arm64', 'explain', 'default').stdout.split('\n');
  assert.ok(all.length > 300);
  assert.ok(all.includes('mount (40) fails with EPERM by rule 4'));
});

test('compile, and run with what was compiled', () => {
  const directory = temporaryDirectory();
  const program = path.join(directory, 'program');
  assert.equal(tryNamespawn('seccomp', 'compile', docker, '--output', program).status, 0);
  assert.deepEqual(readFileSync(program), compileSeccomp(profile));
  for (const file of ['default', docker, program]) {
    const {stdout} = tryNamespawn('run', '--seccomp', file, '--', 'sh', '-c', 'unshare -U true 2>&1 || echo refused');
    assert.match(stdout, /Operation not permitted\nrefused\n$/);
  }
  const twice = ['run', '--seccomp', 'default', '--seccomp', program, '--', 'grep', 'Seccomp:', '/proc/self/status'];
  assert.equal(tryNamespawn(...twice).stdout, 'Seccomp:\t2\n');
});

test('mistakes', () => {
  const directory = temporaryDirectory();
  const write = (name: string, content: string): string => {
    const file = path.join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  const unknown = write(
    'unknown.json',
    '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_ERRNO"}]}',
  );
  assert.match(tryNamespawn('seccomp', 'explain', unknown, 'read').stderr, /which are ignored: x\n/);
  const mistakes: [args: string[], message: RegExp][] = [
    [['seccomp', 'explain', docker, 'opneat'], /CALL must be the name of a system call \(the nearest is 'openat'\)/],
    [['seccomp', 'explain', docker, 'openat', 'x'], /ARG must be a number/],
    [['seccomp', 'compile', write('text', '{')], /text: /],
    [['seccomp', 'compile', docker, 'openat'], /takes a file only/],
    [['run', '--seccomp', path.join(directory, 'missing'), '--', 'true'], /ENOENT/],
    [['run', '--seccomp', write('short', 'abc'), '--', 'true'], /must contain from 1 to 4096 instructions/],
    [['run', '--seccomp', write('bad', '\u0030\0\0\0\0\0\0\0'), '--', 'true'], /EINVAL: seccomp \(step --seccomp\)/],
  ];
  for (const [args, message] of mistakes) {
    const {stderr, status} = tryNamespawn(...args);
    assert.match(stderr, message);
    assert.notEqual(status, 0);
  }
});
