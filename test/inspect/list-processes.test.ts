import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {getNamespacePids, listProcesses, namespaceIds, namespaceTree, openNamespace} from 'namespawn';
import {namespawn} from '../helpers/commands.js';
import {
  inNewNamespaces,
  nestedPidNamespaces,
  nsPids,
  openDescriptors,
  type Running,
  runUntilReady,
  unshareOptions,
} from '../helpers/namespaces.js';
import {descendantsOf} from '../helpers/processes.js';

let nested: Running;
let inside: number[];

before(async () => {
  nested = await nestedPidNamespaces(2);
  inside = descendantsOf(nested.pid);
});
after(() => nested[Symbol.asyncDispose]());

test('namespawn ps agrees with ps on the same columns', async t => {
  const script = "trap : TERM\n\tprintf 'up\\n'\x01; read line";
  const awkward = spawn('sh', ['-c', script, '', 'é  ü', 'x'.repeat(100_000), 'y'.repeat(100_000)]);
  t.after(() => awkward.kill('SIGKILL'));
  await once(awkward.stdout, 'data');
  const list = 'pid,pidns,netns,mntns,ipcns,utsns,userns,args';
  // If its output is no terminal, ps prints lines of any width up to 128 KiB. Depending on the locale it replaces a control character of
  // several bytes by as many question marks, or by none.
  const lineLimit = 60_000;
  const rows = (text: string, ownCommand: string) =>
    text
      .split('\n')
      .slice(1)
      .map(line => line.trim().replace(/\s+/g, ' ').slice(0, lineLimit))
      .filter(line => line !== '' && !line.includes(ownCommand) && !line.includes('[kworker/'))
      .sort();
  const inUtf8 = {encoding: 'utf8', env: {...process.env, LC_ALL: 'C.UTF-8'}} as const;
  const ps = () => rows(execFileSync('ps', ['-e', '-ww', '-o', list], inUtf8), `ps -e -ww -o ${list}`);
  // Other processes start and end meanwhile. What ps prints both before and after must be listed. Kernel workers change their names all the
  // time.
  const before = new Set(ps());
  const ours = rows(namespawn('ps', '-o', list), `main.js ps -o ${list}`);
  const lasting = ps().filter(line => before.has(line));
  assert.ok(lasting.some(line => line.includes('é ü xxx')));
  const known = new Set(ours);
  const missing = lasting.filter(line => !known.has(line));
  const pid = (line: string) => line.split(' ')[0];
  const instead = ours.filter(line => missing.some(other => pid(other) === pid(line)));
  assert.deepEqual(instead, missing);
});

test('with a target, the processes in it and below are listed, with their PIDs there', () => {
  for (const level of [1, 2]) {
    const resident = inside.find(pid => nsPids(pid)!.length === level + 1)!;
    using target = openNamespace(resident, 'pid');
    const found = listProcesses(target);
    const expected = inside.filter(pid => nsPids(pid)!.length > level).sort((a, b) => a - b);
    assert.deepEqual(
      found.map(({pid}) => pid),
      expected,
    );
    for (const {pid, namespacePid, pids, namespaces} of found) {
      assert.deepEqual(pids, getNamespacePids(pid));
      assert.equal(namespacePid, pids[level]);
      assert.deepEqual(namespaces, namespaceIds(pid));
    }
    assert.deepEqual(listProcesses(resident), found);
  }
});

test('users are listed by their ids inside and outside', async () => {
  await using running = await inNewNamespaces(['--user', '--map-root-user']);
  const pid = running.resident;
  const found = listProcesses().find(process => process.pid === pid);
  assert.equal(found?.uid, process.geteuid!());
  assert.equal(found?.namespaceUid, 0);
  const self = listProcesses().find(({pid}) => pid === process.pid);
  assert.equal(self?.namespaceUid, process.geteuid!());
  assert.equal(self?.state, 'R');
  assert.equal(self?.ppid, process.ppid);
});

test('columns selects the properties of an entry', () => {
  const [first] = listProcesses(undefined, {columns: ['pid', 'command']});
  assert.deepEqual(Object.keys(first!), ['pid', 'command']);
  assert.throws(() => listProcesses(undefined, {columns: ['args' as 'pid']}), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
});

test('threads with other namespaces than their process are listed on request', async () => {
  // unshare(2) affects only the calling thread, so the Worker is in other namespaces than Node's other threads.
  const worker = `
    const {constants, unshare} = await import(${JSON.stringify(import.meta.resolve('namespawn/sys'))});
    unshare(constants.CLONE_NEWUTS);
    console.log('ready');
    setInterval(() => {}, 1e6);`;
  const script = `new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})));`;
  await using running = await runUntilReady('unshare', [
    ...unshareOptions,
    '--uts',
    process.execPath,
    '--input-type=module',
    '-e',
    `import {Worker} from 'node:worker_threads'; ${script}`,
  ]);
  const pid = running.resident;
  const all = listProcesses(undefined, {threads: true}).filter(process => process.pid === pid);
  assert.equal(all.length, 2);
  const [leader, thread] = all;
  assert.equal(leader?.tid, undefined);
  assert.notEqual(thread?.tid, pid);
  assert.notEqual(thread?.namespaces.uts, leader?.namespaces.uts);
  assert.equal(thread?.namespaces.net, leader?.namespaces.net);
  assert.equal(listProcesses().filter(process => process.pid === pid).length, 1);
});

test('the tree has each PID namespace below its parent, and below its owner', () => {
  const tree = namespaceTree();
  const path = [process.pid, ...[1, 2].map(level => inside.find(pid => nsPids(pid)!.length === level + 1)!)];
  let nodes = tree.pid;
  for (const pid of path) {
    const node = nodes.find(({id}) => id === namespaceIds(pid).pid);
    assert.ok(node?.members.some(member => member.pid === pid));
    nodes = node!.children;
  }
  const innermost = path.at(-1)!;
  using namespace = openNamespace(innermost, 'pid');
  using owner = namespace.owner();
  const users = tree.user.flatMap(function flat(node): typeof tree.user {
    return [node, ...node.children.flatMap(flat)];
  });
  const node = users.find(({id}) => id === owner?.id);
  assert.ok(node?.owned.some(({type, id}) => type === 'pid' && id === namespaceIds(innermost).pid));
});

test('a listing leaves no descriptor open', () => {
  const count = openDescriptors();
  listProcesses(inside[0]!);
  assert.equal(openDescriptors(), count);
});
