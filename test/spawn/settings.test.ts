// hostname, domainname, timeOffsets, loopback, rlimits, umask, cwd, env, argv0, newSession.
import assert from 'node:assert/strict';
import {readFileSync, realpathSync, statSync} from 'node:fs';
import {hostname} from 'node:os';
import path from 'node:path';
import {describe, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {type ResourceName, runInNamespace, type SpawnOptions} from 'namespawn';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

describe('uts', () => {
  test('hostname and domainname are set inside alone', async () => {
    const before = hostname();
    const script = 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname';
    assert.equal(
      await shell(script, {namespaces: ['uts'], hostname: 'inside', domainname: 'domain'}),
      'inside\ndomain',
    );
    assert.equal(hostname(), before);
  });

  test('64 bytes are the most, of any letters', async () => {
    const name = `${'ä'.repeat(31)}xy`;
    assert.equal(Buffer.byteLength(name), 64);
    assert.equal(await shell('hostname', {namespaces: ['uts'], hostname: name}), name);
  });
});

describe('time', () => {
  const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

  test('boottime and monotonic are apart from outside by the offsets', async () => {
    const timeOffsets = {monotonic: -1, boottime: {secs: 86_400_000, nanosecs: 500_000_000}};
    const before = uptime();
    const options: SpawnOptions = {namespaces: ['pid', 'mnt', 'time'], timeOffsets: {boottime: timeOffsets.boottime}};
    const inside = Number((await shell('cat /proc/uptime', options)).split(' ')[0]);
    const after = uptime();
    assert.ok(inside >= before + 86_400_000 && inside <= after + 86_400_001, `${before} ${inside} ${after}`);
    const text = await shell('cat /proc/self/timens_offsets', {namespaces: ['time', 'mnt', 'pid'], timeOffsets});
    assert.deepEqual(
      text.split('\n').map(line => line.split(/\s+/)),
      [
        ['monotonic', '-1', '0'],
        ['boottime', '86400000', '500000000'],
      ],
    );
  });

  test('a fraction of a second counts from the second below', async () => {
    const text = await shell('cat /proc/self/timens_offsets', {
      namespaces: ['time', 'mnt', 'pid'],
      timeOffsets: {monotonic: -0.25, boottime: 1.5},
    });
    assert.match(text, /^monotonic +-1 +750000000\nboottime +1 +500000000$/);
  });
});

describe('net', () => {
  test('the loopback interface is up and the only one', async () => {
    const text = await shell('cat /proc/net/dev', {namespaces: ['net', 'pid', 'mnt']});
    assert.deepEqual(
      text
        .split('\n')
        .slice(2)
        .map(line => line.split(':')[0]?.trim()),
      ['lo'],
    );
    // With the interface down there is no local route, and connect(2) fails with ENETUNREACH instead.
    const script = `require('net').connect(9, '127.0.0.1').on('error', error => console.log(error.code))`;
    const connect = async (loopback: boolean): Promise<string> =>
      (await runInNamespace(process.execPath, ['-e', script], {namespaces: ['net'], loopback})).stdout;
    assert.equal(await connect(true), 'ECONNREFUSED\n');
    assert.equal(await connect(false), 'ENETUNREACH\n');
  });
});

describe('rlimits', () => {
  test('one number sets both, an object each', async () => {
    const script = 'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc; ulimit -Ss';
    const rlimits = {nofile: {soft: 100, hard: 200}, core: 0, stack: {soft: 4096 * 1024, hard: 8192 * 1024}};
    assert.equal(await shell(script, {rlimits}), '100\n200\n0\n0\n4096');
  });

  test('Infinity is no limit', async () => {
    assert.equal(await shell('ulimit -t', {rlimits: {cpu: Infinity}}), 'unlimited');
  });

  test('hold for the command and not for us', async () => {
    const before = readFileSync('/proc/self/limits', 'utf8');
    const {signal} = await runInNamespace('sh', ['-c', 'while :; do :; done'], {rlimits: {cpu: 1}, reject: false});
    assert.equal(signal, 'SIGKILL');
    assert.equal(readFileSync('/proc/self/limits', 'utf8'), before);
  });

  // The names of /proc/PID/limits, where they are not the kernel's own.
  const titles: Record<ResourceName, string> = {
    as: 'address space',
    core: 'core file size',
    cpu: 'cpu time',
    data: 'data size',
    fsize: 'file size',
    locks: 'file locks',
    memlock: 'locked memory',
    msgqueue: 'msgqueue size',
    nice: 'nice priority',
    nofile: 'open files',
    nproc: 'processes',
    rss: 'resident set',
    rtprio: 'realtime priority',
    rttime: 'realtime timeout',
    sigpending: 'pending signals',
    stack: 'stack size',
  };

  test('every resource of the kernel can be named', async () => {
    const ours = readFileSync('/proc/self/limits', 'utf8');
    const limits = Object.entries(titles).map(([name, title]): [string, number] => {
      // Anybody may lower a limit, and not everybody may raise it.
      const [, hard] = new RegExp(`^Max ${title} +\\S+ +(\\S+)`, 'm').exec(ours)!;
      return [name, hard === 'unlimited' ? 2 ** 32 : Number(hard) - (name === 'nproc' ? 1 : 0)];
    });
    const text = await shell('cat /proc/self/limits', {rlimits: Object.fromEntries(limits)});
    for (const [name, limit] of limits) {
      assert.match(text, new RegExp(`^Max ${titles[name as ResourceName]} +${limit} +${limit} `, 'm'));
    }
  });
});

describe('umask', () => {
  test('is a number, or octal digits as process.umask() takes them', async () => {
    for (const umask of [0o027, '27', '0027']) assert.equal(await shell('umask', {umask}), '0027');
    assert.equal(await shell('umask', {umask: 0}), '0000');
  });

  test('is for the command alone', async () => {
    const before = process.umask();
    const directory = temporaryDirectory();
    await shell(`mkdir ${directory}/inside`, {umask: 0o077});
    assert.equal(statSync(path.join(directory, 'inside')).mode & 0o777, 0o700);
    assert.equal(process.umask(), before);
    assert.equal(await shell('umask', {}), before.toString(8).padStart(4, '0'));
  });
});

describe('what child_process has as well', () => {
  test('cwd as a string, a Buffer and a URL', async () => {
    const directory = realpathSync(temporaryDirectory());
    for (const cwd of [directory, path.relative('.', directory), pathToFileURL(directory), Buffer.from(directory)]) {
      assert.equal(await shell('pwd -P', {cwd}), directory);
    }
    assert.equal(await shell('pwd -P', {}), process.cwd());
  });

  test('env is all that the command sees', async () => {
    const env = {PATH: process.env.PATH, EMPTY: '', ODD: 'a=b\nc', 'NO=NAME': undefined, LETTER: 'ä€😀'};
    const {stdout} = await runInNamespace('env', ['-0'], {env});
    assert.deepEqual(
      stdout.split('\0').sort(),
      ['', 'EMPTY=', 'LETTER=ä€😀', 'ODD=a=b\nc', `PATH=${process.env.PATH}`].sort(),
    );
  });

  test('the default env is process.env as it is now', async () => {
    process.env.NAMESPAWN_TEST = 'set';
    assert.equal(await shell('echo "$NAMESPAWN_TEST"', {}), 'set');
    delete process.env.NAMESPAWN_TEST;
    assert.equal(await shell('env | grep -q ^NAMESPAWN_TEST= || echo unset', {}), 'unset');
  });

  test("the command is looked up along the env's PATH", async () => {
    const {stdout} = await runInNamespace('sh', ['-c', 'echo found'], {env: {PATH: '/nowhere:/bin:/usr/bin'}});
    assert.equal(stdout, 'found\n');
    await assert.rejects(() => runInNamespace('sh', ['-c', ':'], {env: {PATH: '/nowhere'}}), {code: 'ENOENT'});
  });

  test('argv0, empty and odd arguments', async () => {
    const {stdout} = await runInNamespace('cat', ['/proc/self/cmdline'], {argv0: 'other name'});
    assert.equal(stdout, 'other name\0/proc/self/cmdline\0');
    const odd = ['', ' ', 'a\nb', '"', "'", '$HOME', 'ä€😀', '-n'];
    const printed = await runInNamespace('sh', ['-c', 'for a; do printf "%s\\0" "$a"; done', 'sh', ...odd]);
    assert.deepEqual(printed.stdout.split('\0').slice(0, -1), odd);
  });

  test('shell', async () => {
    assert.equal((await runInNamespace('echo $((6 * 7)); echo "$0"', {shell: true})).stdout, '42\n/bin/sh\n');
    assert.equal(
      (await runInNamespace('echo "$BASH_VERSION" |', ['wc', '-l'], {shell: '/bin/bash'})).stdout.trim(),
      '1',
    );
  });

  test('newSession', async () => {
    const session = async (options: SpawnOptions): Promise<string> =>
      (await shell("sed 's/.*) //' /proc/self/stat | cut -d' ' -f4; echo $$", options)).replace('\n', ' ');
    assert.equal(await session({}), '2 2');
    assert.equal(await session({newSession: false}), '0 2');
  });
});
