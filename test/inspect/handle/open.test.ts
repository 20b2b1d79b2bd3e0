import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, mkdtempSync, openSync, readlinkSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {getSystemErrorName} from 'node:util';
import {Worker} from 'node:worker_threads';
import {namespaceIds, namespacesOf, namespaceTypes, openNamespace, processIdentity} from 'namespawn';
import * as sys from 'namespawn/sys';
import {kernelLacks} from '../../helpers/kernel.js';
import {inNewNamespaces, openDescriptors} from '../../helpers/namespaces.js';
import {needsRoot} from '../../helpers/requirements.js';

test('a handle has the type, id, owner and parent', async () => {
  await using running = await inNewNamespaces(['--user', '--map-root-user', '--pid', '--uts']);
  const {resident} = running;
  using uts = openNamespace(resident, 'uts');
  assert.equal(uts.type, 'uts');
  assert.equal(`uts:[${uts.id}]`, readlinkSync(`/proc/${resident}/ns/uts`));
  assert.equal(uts.parent(), undefined);
  assert.equal(uts.ownerUid, undefined);
  using owner = uts.owner();
  assert.equal(owner?.id, statSync(`/proc/${resident}/ns/user`).ino);
  assert.equal(owner?.type, 'user');
  assert.equal(owner?.ownerUid, process.geteuid!());
  using pid = openNamespace(resident, 'pid');
  using parent = pid.parent();
  using own = openNamespace(process.pid, 'pid');
  assert.ok(parent?.equals(own));
  assert.ok(!pid.equals(own));
  // Namespaces above the caller's own cannot be opened.
  assert.equal(own.parent(), undefined);
});

test('a namespace can be opened by every kind of source', async () => {
  await using running = await inNewNamespaces(['--net']);
  const pid = running.resident;
  const {net} = namespaceIds(pid);
  const open = (source: Parameters<typeof openNamespace>[0], proc?: string) => {
    using handle = openNamespace(source, 'net', {proc});
    return handle.id;
  };
  assert.equal(open(pid), net);
  assert.equal(open(pid, '/proc'), net);
  assert.equal(open({path: `/proc/${pid}/ns/net`}), net);
  assert.equal(open({pid}), net);
  assert.equal(open({pid: process.pid, hostPid: pid}), net);
  assert.equal(open(running.process), net);
  const pidfd = sys.pidfdOpen(pid);
  assert.equal(open({pidfd}), net);
  assert.deepEqual(namespaceIds({pidfd}), namespaceIds(pid));
  closeAll(pidfd);
});

test('namespacesOf opens all namespaces of a process', () => {
  const handles = namespacesOf(process.pid);
  const ids = namespaceIds(process.pid);
  assert.deepEqual(Object.keys(handles), [...namespaceTypes]);
  for (const handle of Object.values(handles)) {
    assert.equal(handle.id, ids[handle.type]);
    handle.close();
    handle.close();
    assert.ok(handle.closed);
    assert.throws(() => handle.fd, {code: 'ERR_INVALID_STATE'});
  }
  const some = namespacesOf(process.pid, ['net', 'uts'], {proc: '/proc'});
  assert.deepEqual(Object.keys(some), ['net', 'uts']);
  for (const handle of Object.values(some)) handle.close();
});

test('a path to a namespace of another type is refused, and the error names both types', () => {
  const count = openDescriptors();
  assert.throws(() => openNamespace({path: '/proc/self/ns/net'}, 'pid'), {
    name: 'NamespaceError',
    code: 'EINVAL',
    path: '/proc/self/ns/net',
    message: /net namespace.*pid namespace/,
  });
  const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-'));
  const fifo = path.join(directory, 'fifo');
  assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
  // Opening a FIFO does not wait for a writer.
  assert.throws(() => openNamespace({path: fifo}, 'pid'), {code: 'EINVAL', message: /not a namespace/});
  assert.throws(() => openNamespace({path: path.join(directory, 'none')}, 'pid'), {code: 'ENOENT'});
  rmSync(directory, {recursive: true});
  assert.equal(openDescriptors(), count);
});

test('wrong arguments throw the errors of Node', () => {
  assert.throws(() => openNamespace(process.pid, 'network' as 'net'), {code: 'ERR_INVALID_ARG_VALUE'});
  assert.throws(() => openNamespace('1' as unknown as number, 'net'), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => openNamespace({} as {pid: number}, 'net'), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => openNamespace({pid: undefined}, 'net'), {code: 'ERR_INVALID_ARG_VALUE'});
  assert.throws(() => openNamespace({path: 1 as unknown as string}, 'net'), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => namespacesOf({path: '/proc/self/ns/net'} as never), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(() => openNamespace(2_147_483_647, 'net'), {code: 'ESRCH'});
  assert.throws(() => openNamespace(2_147_483_647, 'net', {proc: '/proc'}), {code: 'ESRCH'});
});

for (const proc of [undefined, '/proc']) {
  test(`a PID that was reused is not taken for the old one (${proc ?? 'pidfd'})`, {
    skip: needsRoot(),
  }, async () => {
    // In a PID namespace of its own the next PID can be chosen, so a PID is reused at once.
    const script = `
      import {spawn} from 'node:child_process';
      import {once} from 'node:events';
      import {readFileSync, writeFileSync} from 'node:fs';
      import {openNamespace, processIdentity, toNamespacePid} from 'namespawn';
      const options = ${JSON.stringify({proc})};
      const first = spawn('sleep', ['600']);
      await once(first, 'spawn');
      const identity = processIdentity(first.pid, options);
      const ticks = pid => readFileSync('/proc/' + pid + '/stat', 'utf8').split(' ')[21];
      const started = ticks(first.pid);
      openNamespace(first.pid, 'net', {identity, ...options}).close();
      openNamespace({pid: first.pid, identity}, 'net', options).close();
      first.kill('SIGKILL');
      await once(first, 'exit');
      if (processIdentity(first.pid, options) !== undefined) throw new Error('a dead process has an identity');
      // The kernel shows start times in hundredths of a second.
      let second;
      do {
        second?.kill('SIGKILL');
        if (second) await once(second, 'exit');
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(first.pid - 1));
        second = spawn('sleep', ['600']);
        await once(second, 'spawn');
      } while (second.pid !== first.pid || ticks(second.pid) === started);
      const codes = [];
      for (const source of [first.pid, {pid: first.pid, identity}]) {
        try {
          openNamespace(source, 'net', {identity, ...options});
        } catch ({code}) {
          codes.push(code);
        }
      }
      const again = processIdentity(second.pid, options);
      console.log(JSON.stringify({codes, differs: again !== identity, same: again === processIdentity(second.pid, options)}));
      second.kill('SIGKILL');`;
    const child = spawn(
      'unshare',
      ['--fork', '--pid', '--mount-proc', process.execPath, '--input-type=module', '-e', script],
      {stdio: ['ignore', 'pipe', 'inherit']},
    );
    let output = '';
    child.stdout.on('data', data => {
      output += data;
    });
    await once(child, 'close');
    assert.deepEqual(JSON.parse(output), {codes: ['ESRCH', 'ESRCH'], differs: true, same: true});
  });
}

test('a process that has ended has no identity', async () => {
  const child = spawn('true');
  assert.equal(typeof processIdentity(process.pid), 'string');
  assert.equal(processIdentity(process.pid), processIdentity(process.pid));
  assert.notEqual(processIdentity(process.pid), processIdentity(process.ppid));
  await once(child, 'exit');
  assert.equal(processIdentity(child.pid!), undefined);
  assert.equal(processIdentity(child.pid!, {proc: '/proc'}), undefined);
});

test('a handle that was not closed is closed by the garbage collector, with a warning', async () => {
  const script = `
    import {readdirSync, readlinkSync} from 'node:fs';
    import {openNamespace} from 'namespawn';
    const isNet = fd => { try { return readlinkSync('/proc/self/fd/' + fd).startsWith('net:'); } catch {} };
    const count = () => readdirSync('/proc/self/fd').filter(isNet).length;
    process.on('warning', ({code, message}) => {
      console.log(JSON.stringify({code, message, left: count()}));
      process.exit();
    });
    (() => { openNamespace(process.pid, 'net'); })();
    // The registry is informed in a turn of the event loop.
    setInterval(() => gc(), 1);`;
  const {stdout} = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  const {code, message, left} = JSON.parse(stdout);
  assert.equal(code, 'NAMESPAWN_UNCLOSED_HANDLE');
  assert.match(message, /net:\[\d+\] on garbage collection/);
  assert.equal(left, 0);
});

test('the handles of a Worker are closed when it ends', async () => {
  const count = openDescriptors();
  const script = `
    import {parentPort} from 'node:worker_threads';
    import {listNamespaces, namespaceTree, openNamespace, toNamespacePid, translatePid} from 'namespawn';
    globalThis.kept = openNamespace(process.pid, 'uts');
    // Node warns if a descriptor that it has opened is closed elsewhere, and the reverse. It must not warn.
    openNamespace({path: '/proc/self/ns/uts'}, 'uts').close();
    globalThis.keptToo = openNamespace(process.pid, 'uts', {proc: '/proc'});
    for (const method of ['proc', undefined]) translatePid(process.pid, {to: process.pid, method});
    listNamespaces();
    namespaceTree();
    parentPort.postMessage(kept.fd);
    setInterval(() => {}, 1e6);`;
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  const worker = new Worker(
    new URL(
      `data:text/javascript,${encodeURIComponent(script.replace("'namespawn'", `'${import.meta.resolve('namespawn')}'`))}`,
    ),
  );
  const [fd] = await once(worker, 'message');
  assert.match(readlinkSync(`/proc/self/fd/${fd}`), /^uts:/);
  await worker.terminate();
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
  assert.equal(openDescriptors(), count);
});

test('each failure reports its own errno, and not that of an earlier one', () => {
  for (let round = 0; round < 3; round++) {
    assert.throws(() => sys.pidfdOpen(2_147_483_647), {code: 'ESRCH'});
    assert.throws(() => sys.pidfdSendSignal(2_147_483_647, 0), {code: 'EBADF'});
    assert.throws(() => sys.pidfdOpen(process.pid, 1), {code: 'EINVAL'});
    openNamespace(process.pid, 'net').close();
  }
});

test('namespawn/sys returns descriptors and constants, and throws the errno', () => {
  const net = openSync('/proc/self/ns/net', 'r');
  assert.equal(sys.nsGetNstype(net), 0x4000_0000);
  const user = sys.nsGetUserns(net);
  assert.equal(sys.nsGetOwnerUid(user) >= 0, true);
  assert.throws(() => sys.nsGetParent(net), {code: 'EINVAL', syscall: 'ioctl'});
  closeAll(net, user);
});

test('namespawn/sys has the system calls of newer kernels', {skip: kernelLacks('PIDFD_GET_INFO')}, () => {
  const pair = sys.socketpair();
  const pidfd = sys.peerPidfd(pair[0]);
  const net = sys.pidfdGetNamespace(pidfd, 'net');
  assert.equal(sys.nsGetNstype(net), 0x4000_0000);
  const pidns = sys.pidfdGetNamespace(pidfd, 'pid');
  assert.equal(sys.nsGetPidInPidns(pidns, process.pid), process.pid);
  assert.equal(sys.nsGetTgidFromPidns(pidns, process.pid), process.pid);
  assert.throws(() => sys.nsGetPidFromPidns(pidns, 2_147_483_647), {code: getSystemErrorName(-3)});
  assert.equal(sys.pidfdGetInfo(pidfd).pid, process.pid);
  closeAll(...pair, pidfd, net, pidns);
});

function closeAll(...fds: number[]): void {
  for (const fd of fds) closeSync(fd);
}

test('an identity is refused where it says nothing', () => {
  const identity = processIdentity(process.pid);
  const expected = {code: 'ERR_INVALID_ARG_VALUE', message: /'options\.identity' needs a source that is a PID/};
  assert.throws(() => openNamespace({path: '/proc/self/ns/net'}, 'net', {identity}), expected);
});
