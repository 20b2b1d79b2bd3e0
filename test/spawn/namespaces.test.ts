// Which namespaces a command is in, seen from inside and from outside.
import assert from 'node:assert/strict';
import {readlinkSync} from 'node:fs';
import {describe, test} from 'node:test';
import {
  type NamespacedProcess,
  type NamespaceType,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {parseStatus, statusOf} from '../helpers/processes.js';
import {isRoot, needsUser} from '../helpers/requirements.js';

const types: NamespaceType[] = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const script = `for t in ${types.join(' ')}; do readlink /proc/self/ns/$t; done`;

function idOf(link: string): number {
  return Number(/\[(\d+)\]/.exec(link)?.[1]);
}

function outside(): Map<NamespaceType, number> {
  return new Map(types.map(type => [type, idOf(readlinkSync(`/proc/self/ns/${type}`))]));
}

/** Asserts that the command is in new namespaces of these types, and in the caller's namespaces of the other types. */
async function assertNew(options: SpawnOptions, made: readonly NamespaceType[]): Promise<void> {
  const {stdout, child} = await run(options);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, types.length, stdout);
  const ours = outside();
  types.forEach((type, index) => {
    const inside = idOf(lines[index]!);
    assert.ok(inside > 0, lines[index]);
    if (made.includes(type)) assert.notEqual(inside, ours.get(type), `${type} is new`);
    else assert.equal(inside, ours.get(type), `${type} is inherited`);
    assert.equal(
      child.namespaces[type],
      made.includes(type) ? inside : undefined,
      `the id of ${type} in child.namespaces`,
    );
  });
}

async function run(options: SpawnOptions) {
  const child = spawnInNamespace('sh', ['-c', script], {...options, stdio: 'pipe'});
  return {child, ...(await finished(child))};
}

// For an ordinary user a user namespace is added.
const withUser = (wanted: readonly NamespaceType[]): NamespaceType[] =>
  isRoot || wanted.includes('user') ? [...wanted] : [...wanted, 'user'];

describe('the command is in new namespaces of the requested types, and of no others:', () => {
  for (const type of types) {
    test(`${type} alone`, () => assertNew({namespaces: [type]}, withUser([type])));
  }
  test('all together', () => assertNew({namespaces: types}, types));
  test('by default: pid and mnt', () => assertNew({}, withUser(['pid', 'mnt'])));
  test('an object of types', () =>
    assertNew({namespaces: {uts: 'new', net: 'inherit', ipc: 'new'}}, withUser(['uts', 'ipc'])));
  test('none', () => assertNew({namespaces: []}, []));
  for (const type of types) {
    test(`${type} alone without an init`, () => assertNew({namespaces: [type], init: false}, withUser([type])));
  }
  test('all together without an init', () => assertNew({namespaces: types, init: false}, types));
});

test('two commands do not share their namespaces', async () => {
  const [one, other] = await Promise.all([run({namespaces: types}), run({namespaces: types})]);
  for (const type of types) assert.notEqual(one.child.namespaces[type], other.child.namespaces[type], type);
});

test('an ordinary user without a user namespace is refused', {skip: needsUser()}, async () => {
  const {error} = await run({namespaces: {pid: 'new', user: 'inherit'}});
  assert.equal(error?.code, 'EPERM');
  assert.equal(error?.step, 'namespaces');
});

// nsinit can continue a moment before the kernel has changed the name of the process.
function executed(child: NamespacedProcess, name: string): Promise<Record<string, string>> {
  return eventually(() => {
    const status = statusOf(child.hostPid!);
    assert.equal(status.Name, name);
    return status;
  });
}

describe('PIDs', () => {
  test('ps -ef shows nsinit as 1 and the command as 2', async () => {
    const {stdout} = await runInNamespace('ps', ['-ef']);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    assert.match(header!, /^UID\s+PID\s+PPID/);
    const fields = rows.map(row => row.trim().split(/\s+/));
    assert.deepEqual(
      fields.map(([, pid, parent, , , , , ...command]) => [pid, parent, command.join(' ')]),
      [
        ['1', '0', 'nsinit'],
        ['2', '1', 'ps -ef'],
      ],
    );
  });

  test('without an init the command is PID 1, and the only process', async () => {
    const {stdout, namespacePid} = await runInNamespace('ps', ['-e', '-o', 'pid=,args='], {init: false});
    assert.match(stdout, /^ *1 ps -e -o pid=,args=\n$/);
    assert.equal(namespacePid, 1);
  });

  test('hostPid is the PID of the command outside, as /proc shows', async () => {
    const child = spawnInNamespace('cat');
    await new Promise(resolve => child.once('spawn', resolve));
    const status = await executed(child, 'cat');
    assert.equal(status.NSpid, `${child.hostPid}\t2`);
    assert.equal(status.PPid, `${child.pid}`);
    assert.equal(child.namespacePid, 2);
    assert.equal(statusOf(child.pid!).NSpid, `${child.pid}\t1`);
    assert.equal(statusOf(child.pid!).Name, 'nsinit');
    assert.equal(statusOf(child.pid!).PPid, `${process.pid}`);
    child.stdin.end();
    assert.equal((await finished(child)).code, 0);
  });

  test('hostPid is right without an init, and without a PID namespace', async () => {
    for (const [options, namespacePid] of [
      [{init: false}, 1],
      [{namespaces: ['uts']}, undefined],
    ] as [SpawnOptions, number | undefined][]) {
      const child = spawnInNamespace('cat', [], {...options, stdio: 'pipe'});
      await new Promise(resolve => child.once('spawn', resolve));
      await executed(child, 'cat');
      assert.equal(child.namespacePid, namespacePid ?? child.hostPid);
      child.stdin!.end();
      await finished(child);
    }
  });
});

describe('/proc', () => {
  test('shows the new PID namespace, and the outer /proc is unchanged', async () => {
    const before = readlinkSync('/proc/self');
    const {stdout} = await runInNamespace('cat', ['/proc/self/status']);
    assert.equal(parseStatus(stdout).Pid, '2');
    assert.equal(parseStatus(stdout).NSpid, '2');
    assert.equal(readlinkSync('/proc/self'), before);
  });

  test('is mounted only inside, even if mounts are shared', async () => {
    // As on a machine with systemd, where a mount in one namespace appears in all.
    const script = `
      const {runInNamespace} = await import('namespawn');
      const {stdout} = await runInNamespace('cat', ['/proc/self/mountinfo'], {mountProc: '/mnt'});
      const {readFileSync} = await import('node:fs');
      const count = text => text.split('\\n').filter(line => line.split(' ')[4] === '/mnt').length;
      console.log(count(stdout), count(readFileSync('/proc/self/mountinfo', 'utf8')));`;
    const {stdout} = await runInNamespace(
      'sh',
      ['-c', 'mount --make-rshared / && exec "$0" --input-type=module -e "$1"', process.execPath, script],
      {uidMap: 'root', namespaces: ['user', 'pid', 'mnt']},
    );
    assert.equal(stdout, '1 0\n');
  });

  test('is mounted on the directory that mountProc names, or not at all', async () => {
    const there = await runInNamespace('sh', ['-c', 'readlink /proc/self /mnt/self'], {mountProc: '/mnt'});
    const [old, own] = there.stdout.trimEnd().split('\n').map(Number);
    assert.equal(own, 3); // nsinit, sh, readlink
    assert.ok(old! > 3 || !isRoot, there.stdout);
    const nowhere = await runInNamespace('readlink', ['/proc/self'], {mountProc: false});
    assert.notEqual(nowhere.stdout, '2\n');
  });
});
