import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {getNamespacePids, namespaceIds} from 'namespawn';
import * as sys from 'namespawn/sys';
import {kernelLacks} from '../helpers/kernel.js';
import {nsPids, openDescriptors, unshareOptions} from '../helpers/namespaces.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';

test('credentials are translated into the namespaces of the receiver', async () => {
  const count = openDescriptors();
  const [ours, theirs] = sys.socketpair('dgram');
  sys.setPassCredentials(ours);
  const passesPidfd = kernelLacks('SO_PASSPIDFD') === false;
  if (passesPidfd) sys.setPassPidfd(ours);
  const script = `
    import {sendCredentials} from 'namespawn/sys';
    sendCredentials(3, {}, 'I am ' + process.pid);
    setInterval(() => {}, 1e6);`;
  const child = spawn(
    'unshare',
    [...unshareOptions, '--fork', '--kill-child', '--pid', process.execPath, '--input-type=module', '-e', script],
    {stdio: ['ignore', 'ignore', 'inherit', theirs]},
  );
  closeSync(theirs);
  const message = sys.receiveCredentials(ours)!;
  assert.equal(message.data.toString(), 'I am 1');
  assert.equal(message.truncated, false);
  assert.deepEqual(nsPids(message.pid!), [message.pid, 1]);
  assert.deepEqual(getNamespacePids(message.pid!), [message.pid, 1]);
  assert.equal(message.uid, process.geteuid!());
  if (passesPidfd) {
    assert.deepEqual(namespaceIds({pidfd: message.pidfd!}), namespaceIds(message.pid!));
    closeSync(message.pidfd!);
  }
  process.kill(message.pid!, 'SIGKILL');
  await once(child, 'exit');
  // The other end of the pair is closed.
  closeSync(ours);
  assert.equal(openDescriptors(), count);
});

test('a sender that is not visible has the pid 0', {skip: needsRoot()}, async () => {
  const [ours, theirs] = sys.socketpair('dgram');
  sys.setPassCredentials(theirs);
  const script = `
    import {receiveCredentials} from 'namespawn/sys';
    const {pid, data} = receiveCredentials(3);
    console.log(pid, data.toString());`;
  const child = spawn('unshare', ['--fork', '--pid', process.execPath, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', theirs],
  });
  sys.sendCredentials(ours, {}, 'from outside');
  const [output] = await once(child.stdout!, 'data');
  assert.equal(String(output), '0 from outside\n');
  await once(child, 'exit');
  closeSync(ours);
  closeSync(theirs);
});

test('another pid can be named only with privilege', async () => {
  const [left, right] = sys.socketpair();
  sys.setPassCredentials(right);
  const other = process.ppid;
  if (!isRoot) {
    assert.throws(() => sys.sendCredentials(left, {pid: other}), {code: 'EPERM', syscall: 'sendmsg'});
  } else {
    sys.sendCredentials(left, {pid: other, uid: 65534, gid: 65533});
    const {pid, uid, gid} = sys.receiveCredentials(right)!;
    assert.deepEqual({pid, uid, gid}, {pid: other, uid: 65534, gid: 65533});
  }
  assert.deepEqual(sys.peerCredentials(left), {
    pid: process.pid,
    uid: process.geteuid!(),
    gid: process.getegid!(),
  });
  assert.throws(() => sys.sendCredentials(left, {}, ''), {code: 'ERR_INVALID_ARG_VALUE'});
  assert.throws(() => sys.socketpair('raw' as 'dgram'), {code: 'ERR_INVALID_ARG_VALUE'});
  sys.sendCredentials(left, {}, 'a long message');
  const short = sys.receiveCredentials(right, 6)!;
  assert.deepEqual([short.data.toString(), short.truncated], ['a long', true]);
  closeSync(left);
  // At the end of the stream the data is empty.
  assert.equal(sys.receiveCredentials(right)!.data.length, 0);
  closeSync(right);
  assert.throws(() => sys.peerPidfd(right), {code: 'EBADF'});
});

test('the example: a process in a namespace reports its children', async () => {
  const example = fileURLToPath(new URL('../../examples/report-children.mjs', import.meta.url));
  const child = spawn(process.execPath, [example], {stdio: ['ignore', 'pipe', 'inherit']});
  let output = '';
  child.stdout.on('data', data => {
    output += data;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  const lines = output.trim().split('\n');
  assert.equal(lines.length, 3);
  for (const line of lines) {
    const [, inside, outside] = /^child (\d+) is process (\d+) here$/.exec(line) ?? assert.fail(line);
    assert.notEqual(inside, outside);
  }
});
