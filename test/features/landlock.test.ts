// The option `landlock`, without any namespace and within them: what it holds, and what it cannot hold.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {describe, test} from 'node:test';
import {
  createSandbox,
  type Landlock,
  type NamespaceError,
  type RunResult,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {kernelLacks} from '../helpers/kernel.js';
import {leavesNothing} from '../helpers/leaks.js';
import {needsRoot, needsUser} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const folder = temporaryDirectory();
const at = (...names: string[]): string => path.join(folder, ...names);
for (const name of ['open', 'closed', 'out', 'tools', 'open/inner']) mkdirSync(at(name));
writeFileSync(at('open/file'), 'open');
writeFileSync(at('open/inner/secret'), 'inner');
writeFileSync(at('closed/file'), 'closed');
writeFileSync(at('single'), 'single');
writeFileSync(at('tools/tool'), '#!/bin/sh\necho tool\n');
chmodSync(at('tools/tool'), 0o755);

const programs = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/etc/ld.so.cache',
  '/etc/ssl',
  path.dirname(process.execPath),
].filter(name => existsSync(name));
// All of it is in every version.
const plain: Landlock = {execute: programs, atLeast: 1};
const none: SpawnOptions = {namespaces: [], stdio: ['ignore', 'pipe', 'pipe']};

function sh(script: string, landlock: Landlock, options: SpawnOptions = none): Promise<RunResult> {
  return runInNamespace('sh', ['-c', script], {...options, landlock, reject: false} as SpawnOptions);
}

const skip = kernelLacks('Landlock');

describe('the rules of files', {skip}, () => {
  const circumstances: Record<string, SpawnOptions> = {
    'without namespaces': none,
    'in new namespaces': {...none, namespaces: ['pid', 'mnt', 'user']},
    'as root of a user namespace': {...none, namespaces: ['pid', 'mnt', 'user'], uidMap: 'root'},
    'in a root of its own': {...none, namespaces: ['pid', 'mnt', 'user'], root: {bind: '/'}},
  };
  for (const [name, options] of Object.entries(circumstances)) {
    test(`${name}: what may be read`, async () => {
      const landlock = {...plain, read: [at('open'), at('single')]};
      const script = `cd /; for f in open/file open/inner/secret single closed/file; do cat ${folder}/$f; echo; done;
        ls ${folder}/open; ls ${folder}/closed; echo x >${folder}/open/new; echo x >${folder}/open/file; rm ${folder}/single`;
      const {stdout, stderr} = await sh(script, landlock, options);
      assert.equal(stdout, 'open\ninner\nsingle\n\nfile\ninner\n');
      assert.equal(stderr.match(/denied/g)?.length, 5, stderr);
      assert.equal(readFileSync(at('open/file'), 'utf8'), 'open');
    });

    test(`${name}: what may be written`, async () => {
      const script = `cd /; echo x >${folder}/out/a && mkdir ${folder}/out/d && mv ${folder}/out/a ${folder}/out/b && rm ${folder}/out/b &&
        rmdir ${folder}/out/d && echo written; cat ${folder}/open/file; ls ${folder}/out; echo x >${folder}/closed/new; mkdir ${folder}/new`;
      const {stdout, stderr} = await sh(script, {...plain, write: [at('out')]}, options);
      assert.equal(stdout, 'written\n');
      assert.equal(stderr.match(/denied/g)?.length, 4, stderr);
      assert.ok(!existsSync(at('closed/new')));
    });

    test(`${name}: what may be executed`, async () => {
      const refused = await sh(`${folder}/tools/tool`, {...plain, read: [at('tools')]}, options);
      assert.deepEqual([refused.exitCode, refused.stdout], [126, '']);
      const allowed = await sh(`${folder}/tools/tool`, {...plain, execute: [...programs, at('tools')]}, options);
      assert.equal(allowed.stdout, 'tool\n');
    });
  }

  test('the command itself has to be among what may be executed', async () => {
    const error = await sh('true', {read: ['/'], atLeast: 1}).catch(reason => reason);
    assert.deepEqual([error.code, error.syscall], ['EACCES', 'spawn sh']);
  });

  test('a file stays allowed under whatever path it is mounted', async () => {
    const mounts = [{type: 'bind', source: at('open'), destination: '/mnt'}] as const;
    const {stdout} = await sh(
      'cat /mnt/file',
      {...plain, read: [at('open')]},
      {...none, namespaces: ['pid', 'mnt'], mounts},
    );
    assert.equal(stdout, 'open');
  });

  test('a file of another folder cannot be moved in, to be read there', async () => {
    const script = `mv ${folder}/closed/file ${folder}/open/moved`;
    const {exitCode} = await sh(script, {...plain, read: [at('open')], write: [at('open')]});
    assert.notEqual(exitCode, 0);
    assert.ok(existsSync(at('closed/file')));
  });

  const lacksTruncation = kernelLacks('truncation in Landlock');
  test('a file that may not be written cannot be truncated', {skip: lacksTruncation}, async () => {
    const landlock = {...plain, read: [at('open')], atLeast: 3};
    const {exitCode} = await sh(`truncate --size 0 ${folder}/open/file`, landlock);
    assert.notEqual(exitCode, 0);
    assert.equal(readFileSync(at('open/file'), 'utf8'), 'open');
  });

  test('descendants are held, and each command of a sandbox by its own rules', async () => {
    await using sandbox = await createSandbox({namespaces: ['pid', 'mnt', 'user']});
    const look = ['-c', `sh -c 'cat ${folder}/open/file'; cat ${folder}/closed/file`] as const;
    const open = sandbox.run('sh', look, {landlock: {...plain, read: [at('open')]}, reject: false});
    const closed = sandbox.run('sh', look, {landlock: {...plain, read: [at('closed')]}, reject: false});
    const free = sandbox.run('sh', look);
    const outputs = (await Promise.all([open, closed, free])).map(({stdout}) => stdout);
    assert.deepEqual(outputs, ['open', 'closed', 'openclosed']);
  });

  test('the command does not have the ruleset', async () => {
    const {stdout} = await sh('ls /proc/self/fd', {...plain, read: ['/proc']});
    assert.equal(stdout, '0\n1\n2\n3\n');
  });
});

describe('ports and processes', () => {
  const node = (script: string, landlock: Landlock): Promise<RunResult> =>
    runInNamespace(process.execPath, ['-e', script], {...none, landlock, reject: false});
  // Prints how connecting ends.
  const connect = (where: object | string): string =>
    `require('node:net').connect(${JSON.stringify(where)}).on('connect', () => {console.log('connected'); process.exit()})
      .on('error', e => console.log(e.code))`;

  test('TCP ports', {skip: kernelLacks('TCP ports in Landlock')}, async () => {
    const server = net.createServer(socket => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as net.AddressInfo;
    const to = connect({port, host: '127.0.0.1'});
    assert.equal((await node(to, {connectTcp: []})).stdout, 'EACCES\n');
    assert.equal((await node(to, {connectTcp: [port]})).stdout, 'connected\n');
    assert.equal((await node(to, {bindTcp: []})).stdout, 'connected\n');
    const listen = `require('node:net').createServer().listen(0, '127.0.0.1').on('listening', () => {console.log('bound'); process.exit()})
      .on('error', e => console.log(e.code))`;
    assert.equal((await node(listen, {bindTcp: [1]})).stdout, 'EACCES\n');
    assert.equal((await node(listen, {bindTcp: [0]})).stdout, 'bound\n');
    server.close();
  });

  test('signals', {skip: kernelLacks('scopes in Landlock')}, async () => {
    const script = `kill -0 ${process.pid} && echo reached; sleep 100 & kill $! && echo own`;
    assert.equal((await sh(script, {scope: ['signal']})).stdout, 'own\n');
    assert.equal((await sh(script, {scope: ['abstract-unix']})).stdout, 'reached\nown\n');
  });

  test('abstract Unix sockets', {skip: kernelLacks('scopes in Landlock')}, async () => {
    const name = `\0namespawn-test-${process.pid}`;
    const server = net.createServer(socket => socket.destroy()).listen(name);
    await once(server, 'listening');
    assert.equal((await node(connect(name), {scope: ['abstract-unix']})).stdout, 'EPERM\n');
    assert.equal((await node(connect(name), {scope: ['signal']})).stdout, 'connected\n');
    server.close();
  });

  test('the log', {skip: kernelLacks('the log of Landlock')}, async () => {
    assert.equal((await sh('echo logged', {...plain, log: true, atLeast: 7})).stdout, 'logged\n');
  });
});

// Each of these is a promise that is not made: docs/untrusted.md lists them.
describe('what Landlock cannot hold', {skip}, () => {
  const landlock = {...plain, read: [at('open')]};

  test('modes, times, and what stat(2) says of any path', async () => {
    const file = at('closed/file');
    const script = `chmod 600 ${file} && touch -c -d @1000 ${file} && stat -c '%a %Y' ${file}; cd ${folder}/closed && pwd`;
    assert.equal((await sh(script, landlock)).stdout, `600 1000\n${at('closed')}\n`);
    assert.equal(statSync(file).mtimeMs, 1_000_000);
  });

  test('owners', {skip: needsRoot()}, async () => {
    assert.equal((await sh(`chown 5 ${at('closed/file')} && stat -c %u ${at('closed/file')}`, landlock)).stdout, '5\n');
  });

  test('descriptors that are open already', async () => {
    const fd = openSync(at('closed/file'), 'r');
    const {stdout} = await sh('cat <&3', landlock, {...none, stdio: ['ignore', 'pipe', 'pipe', fd]});
    assert.equal(stdout, 'closed');
  });

  test('Unix sockets of a path', async () => {
    const socket = at('closed/socket');
    const server = net.createServer(client => client.destroy()).listen(socket);
    await once(server, 'listening');
    const script = `require('node:net').connect('${socket}').on('connect', () => {console.log('connected'); process.exit()})`;
    const {stdout} = await runInNamespace(process.execPath, ['-e', script], {
      ...none,
      landlock: {...plain, read: [at('open')]},
    });
    assert.equal(stdout, 'connected\n');
    server.close();
  });

  test('UDP', {skip: kernelLacks('TCP ports in Landlock')}, async () => {
    const script = `const s = require('node:dgram').createSocket('udp4'); s.bind(0, () => {console.log('bound'); s.close()})`;
    const {stdout} = await runInNamespace(process.execPath, ['-e', script], {
      ...none,
      landlock: {bindTcp: [], connectTcp: []},
    });
    assert.equal(stdout, 'bound\n');
  });

  test('a folder below one that is allowed', async () => {
    assert.equal((await sh(`cat ${folder}/open/inner/secret`, landlock)).stdout, 'inner');
  });
});

describe('what is refused', {skip}, () => {
  const failing = async (landlock: Landlock, options: SpawnOptions = none): Promise<NamespaceError> =>
    leavesNothing(async () => runInNamespace('sh', ['-c', 'true'], {...options, landlock}).catch(reason => reason));

  test('a path that is missing outside: the error names it', async () => {
    const error = await failing({...plain, read: ['/', '/nothing/here']});
    const {code, syscall, step, index} = error;
    assert.deepEqual(
      [code, syscall, step, index, error.path],
      ['ENOENT', 'openat', 'landlock.read', 1, '/nothing/here'],
    );
    assert.match(error.hint!, /outside/);
  });

  test('a version that this kernel does not have', async () => {
    const error = await failing({...plain, atLeast: 1000});
    assert.deepEqual([error.code, error.step], ['ENOTSUP', 'landlock']);
    assert.match(error.hint!, /version 1000\b.* this kernel has version \d+/);
  });

  test('noNewPrivileges: false, without CAP_SYS_ADMIN', {skip: needsUser()}, async () => {
    const error = await failing(plain, {...none, noNewPrivileges: false});
    assert.deepEqual([error.code, error.step, error.syscall], ['EPERM', 'landlock', 'landlock_restrict_self']);
  });

  test('bad values', () => {
    const refused: [unknown, string][] = [
      [{}, 'ERR_INVALID_ARG_VALUE'],
      [{log: true}, 'ERR_INVALID_ARG_VALUE'],
      [{reed: []}, 'ERR_INVALID_ARG_VALUE'],
      ['/', 'ERR_INVALID_ARG_TYPE'],
      [{read: '/'}, 'ERR_INVALID_ARG_TYPE'],
      [{read: ['']}, 'ERR_INVALID_ARG_VALUE'],
      [{read: ['/\0']}, 'ERR_INVALID_ARG_VALUE'],
      [{bindTcp: [65_536]}, 'ERR_OUT_OF_RANGE'],
      [{connectTcp: 80}, 'ERR_INVALID_ARG_TYPE'],
      [{scope: ['ptrace']}, 'ERR_INVALID_ARG_VALUE'],
      [{read: [], atLeast: 0}, 'ERR_OUT_OF_RANGE'],
    ];
    for (const [landlock, code] of refused) {
      assert.throws(() => spawnInNamespace('true', {landlock} as SpawnOptions), {code});
    }
  });
});
