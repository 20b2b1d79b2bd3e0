// namespawn enter, beside nsenter(1) of util-linux with the same switches.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readlinkSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import {type NamespacedProcess, namespaceTypes, spawnInNamespace} from 'namespawn';
import {tryNamespawn} from '../helpers/commands.js';
import {eventually} from '../helpers/eventually.js';
import {isRoot} from '../helpers/requirements.js';

const links = 'readlink /proc/self/ns/*; pwd; id -u; id -g; echo $WHO';

describe('namespawn enter and nsenter do the same', () => {
  let target: NamespacedProcess;
  let pid: string;

  before(async () => {
    target = spawnInNamespace('sh', ['-c', 'cd /etc; exec sleep 1000'], {
      namespaces: namespaceTypes,
      uidMap: 'root',
      env: {PATH: process.env.PATH, WHO: 'target'},
      stdio: 'ignore',
    });
    await once(target, 'spawn');
    pid = String(target.hostPid);
    await eventually(() => assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/etc'));
  });

  after(async () => {
    target.killAll();
    await once(target, 'close');
  });

  const ours = (...words: string[]) => tryNamespawn('enter', ...words);
  const theirs = (...words: string[]) => spawnSync('nsenter', words, {encoding: 'utf8'});
  // An ordinary user may not set groups where nsenter does.
  const credentials = isRoot ? [] : ['--preserve-credentials'];

  const lists: (() => string[])[] = [
    () => ['-t', pid, '-a', ...credentials],
    () => ['-t', pid, '-U', '-n', '-u', ...credentials],
    () => ['-t', pid, '-a', '-w', ...credentials],
    () => ['-t', pid, '-a', '-r', '-w', ...credentials],
    () => [`--user=/proc/${pid}/ns/user`, `--net=/proc/${pid}/ns/net`, ...credentials],
    () => [`-U/proc/${pid}/ns/user`, `-i/proc/${pid}/ns/ipc`, ...credentials],
  ];
  for (const list of lists) {
    test(list.toString().slice(6), () => {
      const words = [...list(), '--', 'sh', '-c', links];
      const [here, there] = [ours(...words), theirs(...words)];
      assert.equal(here.stderr, there.stderr);
      assert.equal(here.stdout, there.stdout);
      assert.equal(here.status, 0);
    });
  }

  // Where an ordinary user enters the user namespace as well, each other one can be entered.
  const user = isRoot ? [] : ['-U', ...credentials];
  const letters: [letter: string, name: string, type: string][] = [
    ['m', 'mount', 'mnt'],
    ['u', 'uts', 'uts'],
    ['i', 'ipc', 'ipc'],
    ['n', 'net', 'net'],
    ['p', 'pid', 'pid'],
    ['C', 'cgroup', 'cgroup'],
    ['T', 'time', 'time'],
  ];
  for (const [letter, name, type] of letters) {
    test(`-${letter}, and --${name} with a file`, () => {
      const file = `/proc/${pid}/ns/${type}`;
      const look = ['--', 'sh', '-c', `readlink /proc/self/ns/${type}; pwd; grep -c . /proc/mounts`];
      const own = readlinkSync(`/proc/self/ns/${type}`);
      for (const word of [`-${letter}`, `--${name}=${file}`]) {
        const words = ['-t', pid, ...user, word, ...look];
        const [here, there] = [ours(...words), theirs(...words)];
        assert.equal(here.stdout, there.stdout, word);
        assert.equal(here.status, there.status, word);
        if (type !== 'mnt') assert.ok(!here.stdout.includes(own), word);
      }
    });
  }

  test('-r, -w and -W with a directory', () => {
    const alike = ['-r/', '-w/etc', '--wd=/etc', '-W/etc', '-r/ -w/etc', '-r/ -W/usr', '-r -W/usr'];
    for (const words of alike.map(line => line.split(' '))) {
      const all = ['-t', pid, '-a', ...credentials, ...words, '--', 'pwd'];
      const [here, there] = [ours(...all), theirs(...all)];
      assert.deepEqual([words, here.status, here.stdout], [words, there.status, there.stdout]);
    }
    // nsenter leaves the working directory outside of the root, and looks up -w DIR outside of the namespaces.
    const pwd = (...words: string[]): string => ours('-t', pid, '-a', ...words, '--', 'pwd').stdout;
    assert.deepEqual(
      [pwd('-r/usr'), pwd('--root=/usr', '-w/bin'), pwd('-r/usr', '-W/bin')],
      ['/\n', '/bin\n', '/bin\n'],
    );
  });

  test('the environment of the process', () => {
    assert.equal(ours('-t', pid, '-a', '-e', '--', 'sh', '-c', 'echo $WHO').stdout, 'target\n');
  });

  test('the root of a process, without its namespaces', {skip: isRoot ? false : 'needs root'}, () => {
    const words = ['-t', pid, '-r', '-w', '--', 'pwd'];
    assert.equal(ours(...words).stdout, theirs(...words).stdout);
  });

  test('-F: only the children of the command are in the PID namespace', () => {
    const member = 'readlink /proc/self/ns/pid';
    const words = ['-t', pid, '-U', '-p', '-F', ...credentials, '--', 'sh', '-c', `${member}; exec ${member}`];
    const [here, there] = [ours(...words), theirs(...words)];
    assert.equal(here.stderr, '');
    assert.equal(here.stdout, there.stdout);
    const [child, command] = here.stdout.split('\n');
    assert.equal(child, readlinkSync(`/proc/${pid}/ns/pid`));
    assert.equal(command, readlinkSync('/proc/self/ns/pid'));
  });

  test('--keep-caps', () => {
    // Debian's nsenter has no such switch. User 0 has capabilities anyway, but no ambient ones.
    const ambient = (...words: string[]): string =>
      ours('-t', pid, '-U', ...words, '--', 'grep', 'CapAmb:', '/proc/self/status').stdout;
    assert.match(ambient(), /\t0+\n/);
    assert.match(ambient('--keep-caps'), /\t0*[1-9a-f][0-9a-f]+\n/);
  });

  test('words of the command are its own', () => {
    const words = ['-t', pid, '-U', '-n', ...credentials, 'echo', '--net=/x', '-n/y'];
    assert.equal(ours(...words).stdout, theirs(...words).stdout);
  });

  test('exit status, and what is missing', () => {
    assert.equal(ours('-t', pid, '-a', '--', 'sh', '-c', 'exit 7').status, 7);
    assert.equal(ours('-t', pid, '-a', '--', '/nosuch').status, 127);
    const {status, stderr} = ours('-n', '--', 'true');
    assert.equal(status, 125);
    assert.match(stderr, /a process is needed: -t PID/);
    assert.match(ours('-t', '4194303', '-a', '--', 'true').stderr, /ESRCH/);
  });

  test('ids of the command', {skip: isRoot ? false : 'needs root'}, () => {
    const {stdout} = ours('-t', pid, '-n', '-S', '1', '-G', '2', '--', 'sh', '-c', 'id -u; id -g; id -G');
    assert.equal(stdout, '1\n2\n2\n');
  });
});
