// `uidMap: 'subids'` and other ranges of an ordinary user, by newuidmap(1) and newgidmap(1). As root the tests make such a user, with files
// of its own in /etc, in a mount namespace.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {runInNamespace} from 'namespawn';
import {isRoot, needsProgram} from '../helpers/requirements.js';

const fixture = fileURLToPath(new URL('../fixtures/subids.js', import.meta.url));
const uid = 54322;
const first = 300_000;

interface Seen {
  lines: number[][];
  exitCode: number | null;
  uid: number;
  gid: number;
  hint?: string;
  step?: string;
  code?: string;
  shortMessage?: string;
}

interface KeptSeen {
  seen: {map: number[][]; output: string; user: number; held: string[]}[];
  before: number;
}

const reason = isRoot ? needsProgram('newuidmap') : 'needs root';

describe('subordinate ids', {skip: reason}, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
    chmodSync(directory, 0o755);
    const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text);
    write('passwd', `${readFileSync('/etc/passwd', 'utf8')}subids:x:${uid}:${uid}::/:/bin/sh\n`);
    write('group', `${readFileSync('/etc/group', 'utf8')}subids:x:${uid}:\n`);
    write('subuid', `somebody:900000:65536\nsubids:${first}:65536\n`);
    write('subgid', `subids:${first + 100_000}:65536\n`);
    write('none', '');
  });

  after(() => rmSync(directory, {recursive: true}));

  /** Runs the fixture as that user. */
  const asUser = (
    option: unknown,
    {files = ['passwd', 'group', 'subuid', 'subgid'], before = '', program = fixture} = {},
  ): Seen => {
    const mounts = files.map(name => `mount --bind ${path.join(directory, name)} /etc/${name}`);
    const switches = `--reuid=${uid} --regid=${uid} --clear-groups --inh-caps=-all`;
    const script = [...mounts, before, `exec setpriv ${switches} "$@"`].filter(Boolean).join(' && ');
    const args = ['--mount', 'sh', '-c', script, 'sh', process.execPath, program, JSON.stringify(option)];
    return JSON.parse(execFileSync('unshare', args, {encoding: 'utf8', env: {...process.env, TMPDIR: '/tmp'}})) as Seen;
  };
  /** Writes a line into nsswitch.conf, and puts a getsubids first in PATH that knows 100 ids from 700000 on. */
  const nameSource = (line: string): string => {
    const bin = path.join(directory, 'subids-bin');
    mkdirSync(bin, {recursive: true});
    writeFileSync(path.join(bin, 'getsubids'), '#!/bin/sh\necho "0: subids 700000 100"\n', {mode: 0o755});
    const file = path.join(directory, 'nsswitch');
    writeFileSync(file, `passwd: files\ngroup: files\n${line}\n`);
    return `mount --bind ${file} /etc/nsswitch.conf && PATH=${bin}:$PATH`;
  };
  const expected = [
    [0, uid, 1],
    [1, first, 65536],
  ];

  test('all 65,536 are mapped behind the caller, who is root, and a file of user 1000 inside has the owner outside', () => {
    const seen = asUser('subids');
    assert.equal(seen.exitCode, 0, seen.shortMessage);
    assert.deepEqual(seen.lines.slice(0, 2), expected);
    assert.deepEqual(seen.lines.slice(2), [[0, uid, 1], [1, first + 100_000, 65536], [0], [0]]);
    assert.deepEqual([seen.uid, seen.gid], [first + 999, first + 100_000 + 999]);
  });

  test('a namespace with the map is kept, and those of commands are made within it without the programs', () => {
    const log = path.join(directory, 'calls');
    writeFileSync(log, '');
    chmodSync(log, 0o666);
    const bin = path.join(directory, 'counting');
    mkdirSync(bin, {recursive: true});
    for (const name of ['newuidmap', 'newgidmap']) {
      const program = `#!/bin/sh\n[ $# = 0 ] || echo ${name} >>${log}\nexec /usr/bin/${name} "$@"\n`;
      writeFileSync(path.join(bin, name), program, {mode: 0o755});
    }
    const program = fileURLToPath(new URL('../fixtures/kept-maps.js', import.meta.url));
    const {seen, before} = asUser('', {program, before: `PATH=${bin}:$PATH`}) as unknown as KeptSeen;
    for (const each of seen) assert.deepEqual({map: each.map, output: each.output}, {map: expected, output: '5:6'});
    // Nobody is in the namespace that is kept, nor in that of another command.
    assert.equal(new Set(seen.map(({user}) => user)).size, seen.length);
    assert.equal(before, 1);
    for (const {user, held} of seen) assert.ok(!held.includes(`user:[${user}]`));
    // The first two commands, and the namespace that is kept.
    assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 6);
  });

  test('a program that takes a descriptor of the directory of the process gets one', () => {
    const log = path.join(directory, 'log');
    writeFileSync(log, '');
    chmodSync(log, 0o666);
    // As newuidmap of shadow 4.14, by the older one.
    const program = `#!/bin/sh
      [ $# = 0 ] && { echo "usage: [<pid>|fd:<pidfd>]" >&2; exit 1; }
      echo "$(basename $0) $1" >>${log}
      pid=$(readlink /proc/self/fd/\${1#fd:}); shift
      exec /usr/bin/$(basename $0) \${pid#/proc/} "$@"`;
    for (const name of ['newuidmap', 'newgidmap']) {
      mkdirSync(path.join(directory, 'bin'), {recursive: true});
      writeFileSync(path.join(directory, 'bin', name), program.replaceAll('\\$', '$'), {mode: 0o755});
    }
    const seen = asUser('subids', {before: `PATH=${path.join(directory, 'bin')}:$PATH`});
    assert.deepEqual(seen.lines.slice(0, 2), expected, seen.hint);
    assert.deepEqual(readFileSync(log, 'utf8').split('\n').slice(0, 2), ['newgidmap fd:3', 'newuidmap fd:3']);
  });

  test('ranges that the option lists', () => {
    // The same range of both files.
    const seen = asUser([{containerId: 0, hostId: uid, size: 1}]);
    assert.deepEqual(seen.lines.slice(0, 2), [
      [0, uid, 1],
      [0, uid, 1],
    ]);
    // Parts of both, in an order of their own, and the caller in the middle.
    const mapOf = (hostId: number) => [
      {containerId: 5000, hostId: hostId + 10, size: 100},
      {containerId: 0, hostId: uid, size: 1},
      {containerId: 999, hostId: hostId + 1000, size: 10},
    ];
    const parts = asUser({uidMap: mapOf(first), gidMap: mapOf(first + 100_000)});
    assert.equal(parts.exitCode, 0, parts.shortMessage);
    const lines = (hostId: number): number[][] => [
      [5000, hostId + 10, 100],
      [0, uid, 1],
      [999, hostId + 1000, 10],
    ];
    assert.deepEqual(parts.lines.slice(0, 6), [...lines(first), ...lines(first + 100_000)]);
    assert.deepEqual([parts.uid, parts.gid], [first + 1001, first + 100_000 + 1001]);
  });

  describe('an error says what is missing', () => {
    test('the range', () => {
      const seen = asUser([
        {containerId: 0, hostId: uid, size: 1},
        {containerId: 1, hostId: 900_000, size: 10},
      ]);
      assert.equal(seen.code, 'EPERM');
      assert.match(seen.hint ?? '', /\/etc\/sub[ug]id does not give the ids 900000 to 900009 to the user subids/);
    });

    test('the source that nsswitch.conf names', () => {
      const seen = (line: string): unknown =>
        asUser('subids', {files: ['passwd', 'group', 'subgid'], before: nameSource(line)}).lines[1];
      // getsubids of this test knows ranges of its own; newuidmap does not.
      assert.throws(() => seen('subid: files'), /\/etc\/subuid has no range/);
      assert.throws(() => seen('# subid: other'), /\/etc\/subuid has no range/);
      const {hint} = asUser('subids', {before: nameSource('subid: other')});
      assert.match(hint ?? '', /newgidmap has refused the map/);
    });

    test('the program', () => {
      // A PATH of the few programs that are needed.
      const needed = ['setpriv', 'sh', 'cat', 'id', 'chown', 'rm'];
      const links = needed.map(name => `ln -s $(command -v ${name}) /mnt/${name}`);
      const seen = asUser('subids', {before: ['mount -t tmpfs none /mnt', ...links, 'PATH=/mnt'].join(' && ')});
      assert.deepEqual([seen.step, seen.code], ['gidMap', 'EPERM']);
      assert.match(seen.hint ?? '', /the package uidmap/);
    });

    test('the set-user-ID bit', () => {
      const copy = path.join(directory, 'newgidmap');
      execFileSync('cp', ['/usr/bin/newgidmap', copy]);
      chmodSync(copy, 0o755);
      const seen = asUser('subids', {before: `mount --bind ${copy} /usr/bin/newgidmap`});
      assert.deepEqual([seen.step, seen.code], ['gidMap', 'EPERM']);
      assert.match(seen.hint ?? '', /newgidmap has no set-user-ID bit/);
    });

    test('the entry', () => {
      assert.throws(
        () => asUser('subids', {files: ['passwd', 'group']}),
        /ERR_NO_SUBORDINATE_IDS.*\/etc\/subuid has no range/s,
      );
    });
  });

  test('a range that lies in two of the parent map is split', async () => {
    // In a user namespace of two ranges that follow one another, root maps both by one entry.
    const inner = `import('namespawn').then(async ({runInNamespace}) => {
      const {stdout} = await runInNamespace('cat', ['/proc/self/uid_map'], {
        namespaces: ['user'], uidMap: [{containerId: 0, hostId: 0, size: 20}], gidMap: [{containerId: 0, hostId: 0, size: 20}]});
      console.log(stdout.trim().split('\\n').map(line => line.trim().split(/\\s+/).join(' ')).join());
    })`;
    const map = [
      {containerId: 0, hostId: 0, size: 10},
      {containerId: 10, hostId: 1000, size: 10},
    ];
    const {stdout} = await runInNamespace(process.execPath, ['-e', inner], {
      namespaces: ['user'],
      uidMap: map,
      gidMap: map,
    });
    assert.equal(stdout.trim(), '0 0 10,10 10 10');
  });
});
