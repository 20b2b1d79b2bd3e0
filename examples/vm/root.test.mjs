// An integration test that needs root, and is therefore run in a virtual machine. Run it from the folder of the project:
//   npx namespawn-vm --copy examples/vm:/project node --test root.test.mjs
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';

test('a file system fills up', () => {
  mkdirSync('/mnt/small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'small', '/mnt/small']);
  assert.throws(() => writeFileSync('/mnt/small/file', Buffer.alloc(1 << 20)), {code: 'ENOSPC'});
});

test('two network namespaces reach each other', () => {
  execFileSync('sh', ['-ec', 'ip netns add other; ip link add here type veth peer name there netns other']);
  execFileSync('sh', ['-ec', 'ip addr add 10.0.0.1/24 dev here; ip link set here up']);
  execFileSync('sh', ['-ec', 'ip -n other addr add 10.0.0.2/24 dev there; ip -n other link set there up']);
  execFileSync('busybox', ['ping', '-c', '1', '-w', '5', '10.0.0.2'], {stdio: 'ignore'});
});

test('a control group refuses too many processes', () => {
  const group = '/sys/fs/cgroup/few';
  mkdirSync(group);
  writeFileSync(`${group}/pids.max`, '1');
  assert.throws(() => execFileSync('sh', ['-c', `echo $$ >${group}/cgroup.procs; true & wait`], {stdio: 'pipe'}));
  assert.match(readFileSync(`${group}/pids.events`, 'utf8'), /max [1-9]/);
});
