// untrusted(): programs work in it, its data, what holds, and what is refused.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chownSync, existsSync, mkdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {
  createSandbox,
  type Mount,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
  type UntrustedOptions,
  untrusted,
  untrustedSandbox,
} from 'namespawn';
import {byLandlock} from '../../dist/start/untrusted-landlock.js';
import {kernelLacks} from '../helpers/kernel.js';
import {isRoot, needsProgram, needsRoot} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const folder = temporaryDirectory();
const run = async (script: string, options: SpawnOptions): Promise<string> =>
  (await runInNamespace('sh', ['-c', script], options)).stdout.trimEnd();

describe('programs', () => {
  const node: Mount = {type: 'bind', source: process.execPath, destination: process.execPath, readOnly: true};
  const mounts = process.execPath.startsWith('/usr/') || process.execPath.startsWith('/bin/') ? [] : [node];

  test('Node, with its threads and timers', async () => {
    const script = `require('node:fs').readFile('/etc/passwd', () => setTimeout(() => console.log(6 * 7), 1));
      new Worker('', {eval: true})`.replace('new Worker', "new (require('node:worker_threads').Worker)");
    const {stdout} = await runInNamespace(process.execPath, ['-e', script], untrusted({mounts}));
    assert.equal(stdout, '42\n');
  });

  test('Python', {skip: needsProgram('python3')}, async () => {
    const script =
      'import subprocess, tempfile; tempfile.mkstemp(); print(subprocess.check_output(["echo", "42"], text=True))';
    assert.equal((await runInNamespace('python3', ['-c', script], untrusted())).stdout.trim(), '42');
  });

  test('gcc and what it has compiled, bash, and git', {skip: needsProgram('gcc')}, async () => {
    const files = {'main.c': '#include <stdio.h>\nint main(void) { puts("42"); }\n'};
    assert.equal(await run('gcc main.c -o main && ./main', untrusted({files})), '42');
    assert.equal(await run("bash -c 'echo $((6 * 7)) | cat <(cat)'", untrusted()), '42');
    const commit = 'git -c user.name=a -c user.email=b commit -q --allow-empty -m 42';
    assert.equal(await run(`git init -q . && ${commit} && git log --format=%s`, untrusted()), '42');
  });
});

describe('what the command sees', () => {
  test('an ordinary user, in a home of its own, with nothing of the environment', async () => {
    const script = 'id -u; id -g; id -un; pwd; ls -A; env | sort; hostname; umask; ulimit -c';
    const seen = await run(script, untrusted({files: {'a/file': 'x', '/tmp/b': 'y'}}));
    const env = ['HOME=/home/user', 'LANG=C.UTF-8', 'PATH=/usr/local/bin:/usr/bin:/bin', 'PWD=/home/user'];
    const lines = ['1000', '1000', 'user', '/home/user', 'a', ...env, 'sandbox', '0022'];
    assert.deepEqual(seen.split('\n').slice(0, lines.length), lines);
  });

  test('no network but loopback, no process of others, no folder of others', async () => {
    const script = `cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '; echo /proc/[0-9]* | wc -w; [ -e ${folder} ] || echo hidden`;
    // nsinit, the shell, and wc or the subshell.
    assert.match(await run(script, untrusted()), /^lo\n[2345]\nhidden$/);
  });

  test('each capability is gone, and no exec gives one', async () => {
    const status = await run('grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):" /proc/self/status', untrusted());
    const zero = '0000000000000000';
    const caps = ['Inh', 'Prm', 'Eff', 'Amb'].map(set => `Cap${set}:\t${zero}`);
    assert.deepEqual(status.split('\n'), [...caps, 'NoNewPrivs:\t1', 'Seccomp:\t2']);
  });

  test("root's command owns nothing on the host, at each call something else", {skip: needsRoot()}, async () => {
    const [first, second] = [untrusted(), untrusted()].map(
      ({uidMap}) => (uidMap as readonly {hostId: number}[])[0]!.hostId,
    );
    assert.notEqual(first, second);
    for (const id of [first!, second!]) assert.ok(id >= 0x7000_0000 && id < 0x7ff0_0000);
    const child = spawnInNamespace('sleep', ['1000'], untrusted());
    await once(child, 'spawn');
    assert.ok(
      statSync(`/proc/${child.pid}`).uid !== 0 ||
        /^Uid:\t[^0]/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8')),
    );
    assert.match(readFileSync(`/proc/${child.hostPid}/status`, 'utf8'), /^Uid:\t1[89]\d{8}|^Uid:\t2\d{9}/m);
    child.killAll();
    await once(child, 'close');
  });

  test('a folder of the caller, in which it works', async () => {
    const workdir = path.join(folder, 'work');
    mkdirSync(workdir);
    const given: UntrustedOptions = isRoot ? {workdir, hostUid: 54_321, hostGid: 54_321} : {workdir};
    if (isRoot) chownSync(workdir, 54_321, 54_321);
    assert.equal(await run('pwd; echo made >file; cat file', untrusted(given)), '/work\nmade');
    assert.equal(readFileSync(path.join(workdir, 'file'), 'utf8'), 'made\n');
  });

  test('the network of the host, where it is asked for', async () => {
    const [inside, without] = await Promise.all(
      [true, false].map(network => run('readlink /proc/self/ns/net', untrusted({network}))),
    );
    const outside = await run('readlink /proc/self/ns/net', {});
    assert.equal(inside, outside);
    assert.notEqual(without, outside);
  });

  test('in a sandbox, for each command', async () => {
    await using sandbox = await createSandbox(untrustedSandbox());
    const look = 'id -u; pwd; grep NoNewPrivs /proc/self/status; env | wc -l; echo x >/tmp/file';
    assert.equal((await sandbox.run('sh', ['-c', look])).stdout, '1000\n/home/user\nNoNewPrivs:\t1\n4\n');
    assert.equal((await sandbox.run('cat', ['/tmp/file'])).stdout, 'x\n');
  });
});

describe('enforced', () => {
  test('says what holds, from spawn on', async () => {
    const child = spawnInNamespace('true', untrusted());
    assert.equal(child.enforced, undefined);
    await once(child, 'spawn');
    const {hostIds, ...enforced} = child.enforced!;
    assert.equal(hostIds?.uids.length, 1);
    assert.deepEqual(enforced, {
      namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'],
      joined: [],
      root: 'empty',
      capabilities: [],
      boundingCapabilities: null,
      noNewPrivileges: true,
      seccompFilters: 1,
      landlock: null,
      userNamespacesDisabled: false,
      newKeyring: true,
      noCoreDumps: true,
    });
    await once(child, 'close');
  });

  test('of a command without any of it, and of one that fails', async () => {
    const child = spawnInNamespace('true', [], {namespaces: ['user'], capabilities: ['NET_RAW'], uidMap: 'root'});
    await once(child, 'spawn');
    const {capabilities, boundingCapabilities, noNewPrivileges, root} = child.enforced!;
    assert.deepEqual([capabilities, boundingCapabilities], [['CAP_NET_RAW'], ['CAP_NET_RAW']]);
    assert.deepEqual([noNewPrivileges, root], [false, 'host']);
    await once(child, 'close');
    const missing = spawnInNamespace('/nothing', untrusted());
    await once(missing, 'error');
    assert.equal(missing.enforced, undefined);
  });

  test('of a sandbox, and of a command with less', async () => {
    await using sandbox = await createSandbox(untrustedSandbox());
    assert.deepEqual([sandbox.enforced.seccompFilters, sandbox.enforced.newKeyring], [1, true]);
    await using plain = await createSandbox({namespaces: ['pid', 'mnt', 'user']});
    assert.deepEqual([plain.enforced.seccompFilters, plain.enforced.capabilities], [0, null]);
    const child = plain.spawn('true', [], {seccomp: 'default'});
    await once(child, 'spawn');
    assert.equal(child.enforced?.seccompFilters, 1);
    await once(child, 'close');
  });

  test('names what Landlock has left out', {skip: kernelLacks('Landlock')}, async () => {
    const landlock = {execute: ['/'], log: true, atLeast: 1};
    const child = spawnInNamespace('true', [], {namespaces: [], landlock});
    await once(child, 'spawn');
    const {abi, files, missing} = child.enforced!.landlock!;
    assert.ok(abi >= 1 && files);
    assert.equal(missing.includes('the log'), abi < 7);
    assert.equal(missing.includes('truncation of files'), abi < 3);
    await once(child, 'close');
  });
});

describe('what cannot be honoured is refused:', () => {
  const refused: [object, string, RegExp][] = [
    [{memory: 1}, 'ERR_INVALID_ARG_VALUE', /memory.*cannot be enforced yet/],
    [{limits: {}}, 'ERR_INVALID_ARG_VALUE', /cannot be enforced yet/],
    [{netwrok: true}, 'ERR_INVALID_ARG_VALUE', /network/],
    [{fallback: 'none'}, 'ERR_INVALID_ARG_VALUE', /'landlock'/],
    [{workdir: ''}, 'ERR_INVALID_ARG_VALUE', /empty/],
    [{hostUid: 0}, 'ERR_INVALID_ARG_VALUE', /root of the host/],
    [{files: 'x'}, 'ERR_INVALID_ARG_TYPE', /object/],
  ];
  for (const [options, code, message] of refused) {
    test(JSON.stringify(options), () => {
      assert.throws(() => untrusted(options as UntrustedOptions), {code, message});
    });
  }

  test('files and roots by Landlock alone', () => {
    assert.throws(() => byLandlock({files: {a: ''}}, false), {message: /cannot be honoured/});
    assert.throws(() => byLandlock({root: 'readonly'}, false), {message: /cannot be honoured/});
  });
});

describe('without user namespaces', () => {
  const namespawn = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  // A Node that can make no user namespace.
  const uidMap = [
    {containerId: 0, hostId: 0, size: 1},
    {containerId: 65_534, hostId: 65_534, size: 1},
  ];
  const inside: SpawnOptions = {disableUserNamespaces: true, ...(isRoot ? {uidMap, gidMap: uidMap} : {})};
  const evaluate = async (options: string): Promise<string> => {
    const script = `import {runInNamespace, untrusted} from ${JSON.stringify(namespawn)};
      runInNamespace('sh', ['-c', 'id -u; cat /etc/hostname || echo refused'], {...untrusted(${options}), stdio: ['ignore', 'pipe', 'ignore']})
        .then(({stdout}) => console.log(stdout), error => console.log(error.code))`;
    return (await runInNamespace(process.execPath, ['--input-type=module', '-e', script], inside)).stdout.trimEnd();
  };

  test('it fails', async () => {
    assert.equal(await evaluate(''), 'ENOSPC');
  });

  const skip = kernelLacks('scopes in Landlock');
  test("fallback: 'landlock' is used where it is asked for", {
    skip: skip || (existsSync('/etc/hostname') ? false : 'needs cc'),
  }, async () => {
    assert.equal(await evaluate("{fallback: 'landlock'}"), `${isRoot ? 65_534 : process.getuid!()}\nrefused`);
  });
});
