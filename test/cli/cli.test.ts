import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {namespaceIds} from 'namespawn';
import {namespawn, tryNamespawn} from '../helpers/commands.js';
import {nestedPidNamespaces, nsPids, type Running} from '../helpers/namespaces.js';
import {descendantsOf} from '../helpers/processes.js';

let nested: Running;
let innermost: number;
before(async () => {
  nested = await nestedPidNamespaces(2);
  innermost = descendantsOf(nested.pid).find(pid => nsPids(pid)?.length === 3)!;
});
after(() => nested[Symbol.asyncDispose]());

test('pid prints the PIDs on all levels, and translates a PID inwards and outwards', () => {
  const pids = nsPids(innermost)!;
  assert.equal(namespawn('pid', `${innermost}`), `${pids.join(' ')}\n`);
  assert.equal(namespawn('pid', `${innermost}`, '--in', `${innermost}`), `${pids[2]}\n`);
  assert.equal(namespawn('pid', `${innermost}`, '--in', `/proc/${innermost}/ns/pid`), `${pids[2]}\n`);
  assert.equal(namespawn('pid', `${pids[2]}`, '--from', `${innermost}`), `${innermost}\n`);
  assert.deepEqual(JSON.parse(namespawn('pid', `${innermost}`, '--json')), {pid: innermost, pids});
});

test('pid fails with a message if the process is not visible there', () => {
  const invisible = tryNamespawn('pid', `${process.pid}`, '--in', `${innermost}`);
  assert.deepEqual([invisible.status, invisible.stdout], [1, '']);
  assert.match(invisible.stderr, /^namespawn: no process \d+ is visible there\n$/);
  const json = tryNamespawn('pid', '2147483647', '--json');
  assert.equal(json.status, 1);
  assert.deepEqual(JSON.parse(json.stdout), {pid: 2147483647, pids: []});
  const wrong = tryNamespawn('pid', '1', '--in', '/proc/self/ns/net');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /^namespawn: EINVAL: .*net namespace/);
});

test('ps with a target prints the PIDs inside', () => {
  const lines = namespawn('ps', `${innermost}`, '-o', 'pid,nspid,pids,args').split('\n');
  assert.match(lines[0]!, /^ *PID NSPID PIDS +COMMAND$/);
  const pids = nsPids(innermost)!;
  assert.ok(
    lines.some(line => line.trim().startsWith(`${innermost}`) && line.includes(` ${pids[2]} ${pids.join(',')}`)),
  );
  const {processes} = JSON.parse(namespawn('ps', `${innermost}`, '--json'));
  const found = processes.find(({pid}: {pid: number}) => pid === innermost);
  assert.deepEqual(Object.keys(found), [
    'pid',
    'tid',
    'namespacePid',
    'pids',
    'ppid',
    'state',
    'uid',
    'user',
    'namespaceUid',
    'name',
    'command',
    'namespaces',
    'readable',
  ]);
  assert.equal(found.tid, null);
  assert.match(tryNamespawn('ps', '-o', 'nonsense').stderr, /unknown column 'nonsense'/);
});

test('ls draws a tree', () => {
  const lines = namespawn('ls', '--tree').split('\n');
  const indent = (pid: number) => lines.find(line => line.includes(`pid:[${namespaceIds(pid).pid}]`))!.search(/[├└]/);
  assert.ok(indent(process.pid) < indent(innermost));
  assert.ok(lines.some(line => line.includes(`─ ${innermost} (inside ${nsPids(innermost)![2]})`)));
  // What somebody has made comes first, and the machine's own last, only counted.
  const [, , first] = lines;
  assert.match(first!, /[├└]─ pid:\[/);
  const machine = lines.findIndex(line => / processes of the machine's own \(--all lists them\)/.test(line));
  assert.ok(machine > lines.findIndex(line => line.includes(`${innermost} (inside`)));
  assert.ok(!lines.some(line => line.includes(`─ ${process.pid} `)));
  const net = `net:[${namespaceIds(process.pid).net}]`;
  assert.ok(!lines.some(line => line.includes(net)));
  const all = namespawn('ls', '--tree', '--all').split('\n');
  assert.ok(all.some(line => line.includes(`─ ${process.pid} `)));
  assert.ok(all.some(line => line.includes(net)));
  assert.ok(!all.some(line => line.includes('(--all lists')));
  const only = namespawn('ls', '--tree', '--type', 'net', '--pid', '1');
  assert.ok(!only.includes('pid:['));
});

test('ls selects types, and its JSON has the documented properties', () => {
  const {namespaces} = JSON.parse(namespawn('ls', '--json', '--type', 'pid', 'user', '--pid', `${innermost}`));
  assert.deepEqual(
    namespaces.map(({type}: {type: string}) => type),
    ['pid', 'user'],
  );
  assert.deepEqual(Object.keys(namespaces[0]), [
    'id',
    'type',
    'processes',
    'pid',
    'ppid',
    'command',
    'uid',
    'user',
    'path',
    'parent',
    'owner',
    'ownerUid',
    'netnsid',
    'mounts',
    'references',
  ]);
  assert.notEqual(tryNamespawn('ls', '--type', 'network').status, 0);
});

test('output to a terminal is coloured unless NO_COLOR is set, and long lines are cut at its width', () => {
  // script(1) creates a terminal.
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const onTerminal = (env: NodeJS.ProcessEnv) => {
    const command = `stty cols 60; '${process.execPath}' '${main}' ls --tree`;
    // If the variable CI is set, Node uses colours only for the CI systems that it knows.
    const {NO_COLOR: _, CI: __, ...environment} = process.env;
    const {stdout} = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: {...environment, TERM: 'xterm-256color', ...env},
    });
    return stdout;
  };
  const coloured = onTerminal({});
  assert.ok(coloured.includes('\u001b['));
  const plain = onTerminal({NO_COLOR: '1'});
  assert.ok(!plain.includes('\u001b['));
  for (const line of plain.split('\r\n')) assert.ok([...line].length <= 60, line);
  assert.ok(plain.includes('…'));
  assert.ok(!namespawn('ls', '--tree').includes('\u001b['));
});

test('the name of a process cannot control the terminal', async t => {
  const child = spawn('sh', ['-c', 'echo; read line', '\u001b]0;owned\u0007\nforged line'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  t.after(() => child.kill());
  const text = namespawn('ps', '-o', 'pid,args');
  assert.ok(!text.includes('\u001b'));
  assert.ok(text.includes('?]0;owned? forged line'));
});

test('ls and ps of a process that does not exist, or of no procfs, fail and say why', () => {
  const gone = /^namespawn: ESRCH: .*there is no such process, or it has ended; use the PID of a running process/;
  for (const list of [
    ['ls', '-p', '2147483647'],
    ['ls', '--tree', '-p', '2147483647'],
    ['ps', '2147483647'],
  ]) {
    const {status, stdout, stderr} = tryNamespawn(...list);
    assert.deepEqual([status, stdout], [1, ''], list.join(' '));
    assert.match(stderr, gone);
  }
  for (const list of [
    ['ls', '--proc', '/tmp'],
    ['ls', '--tree', '--proc', '/tmp'],
    ['ps', '--proc', '/tmp'],
  ]) {
    const {status, stdout, stderr} = tryNamespawn(...list);
    assert.deepEqual([status, stdout], [1, ''], list.join(' '));
    assert.match(stderr, /must be the path of a mount of procfs/);
  }
});
