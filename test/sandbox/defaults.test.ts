// The option `defaults` of createSandbox: what its commands have unless they say otherwise.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {createSandbox, type SandboxDefaults} from 'namespawn';
import {needsRoot} from '../helpers/requirements.js';

const umaskOfCaller = process.umask().toString(8).padStart(4, '0');

interface Case {
  defaults: SandboxDefaults;
  script: string;
  told: string;
  /** What a command says instead. */
  own: SandboxDefaults;
  otherwise: string;
  isOfRoot?: boolean;
}

const cases: readonly Case[] = [
  {defaults: {cwd: '/usr'}, script: 'pwd', told: '/usr', own: {cwd: '/'}, otherwise: '/'},
  {defaults: {env: {A: '1'}}, script: 'echo $A', told: '1', own: {env: {A: '2'}}, otherwise: '2'},
  {defaults: {umask: 0o027}, script: 'umask', told: '0027', own: {umask: 0o077}, otherwise: '0077'},
  {defaults: {rlimits: {nofile: 100}}, script: 'ulimit -n', told: '100', own: {rlimits: {nofile: 90}}, otherwise: '90'},
  {defaults: {argv0: 'x'}, script: 'echo $0', told: 'x', own: {argv0: 'y'}, otherwise: 'y'},
  {defaults: {uid: 1}, script: 'id -u', told: '1', own: {uid: 2}, otherwise: '2', isOfRoot: true},
  {defaults: {gid: 1}, script: 'id -g', told: '1', own: {gid: 2}, otherwise: '2', isOfRoot: true},
  {defaults: {groups: [1]}, script: 'id -G', told: '0 1', own: {groups: [2]}, otherwise: '0 2', isOfRoot: true},
];

describe('a command has the defaults of its sandbox', () => {
  for (const {defaults, script, told, own, otherwise, isOfRoot} of cases) {
    test(Object.keys(defaults)[0]!, {skip: isOfRoot ? needsRoot() : false}, async () => {
      await using sandbox = await createSandbox({defaults});
      const run = async (options: SandboxDefaults): Promise<string> =>
        (await sandbox.run('sh', ['-c', script], options)).stdout.trim();
      assert.equal(await run({}), told);
      assert.equal(await run({[Object.keys(defaults)[0]!]: undefined}), told);
      assert.equal(await run(own), otherwise);
      assert.equal(await run({}), told, 'the next command has nothing of it');
      const child = sandbox.spawn('sh', ['-c', script]);
      let output = '';
      child.stdout!.on('data', (data: Buffer) => {
        output += data;
      });
      await once(child, 'close');
      assert.equal(output.trim(), told, 'by spawn()');
    });
  }

  test('timeout', async () => {
    await using sandbox = await createSandbox({defaults: {timeout: 20}});
    await assert.rejects(sandbox.run('sleep', ['60']), {timedOut: true});
    assert.equal((await sandbox.run('echo', ['text'], {timeout: 0})).stdout, 'text\n');
    const child = sandbox.spawn('sleep', ['60']);
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });

  test('stdio', async () => {
    await using sandbox = await createSandbox({defaults: {stdio: ['ignore', 'pipe', 'ignore']}});
    const child = sandbox.spawn('true');
    assert.deepEqual([child.stdin, child.stderr], [null, null]);
    assert.notEqual(child.stdout, null);
    await once(child, 'close');
    const other = sandbox.spawn('true', {stdio: 'ignore'});
    assert.equal(other.stdout, null);
    await once(other, 'close');
  });

  test('fork() adds a channel to the default stdio', async () => {
    await using sandbox = await createSandbox({defaults: {stdio: ['ignore', 'pipe']}});
    const child = sandbox.fork(new URL('../ipc/fixtures/answerer.js', import.meta.url));
    assert.equal(child.connected, true);
    assert.equal(child.stdin, null);
    assert.notEqual(child.stdout, null);
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('the limits of a command and of its sandbox hold both', async () => {
    await using sandbox = await createSandbox({defaults: {rlimits: {nofile: 100, core: 0}}});
    const {stdout} = await sandbox.run('sh', ['-c', 'ulimit -n; ulimit -c'], {rlimits: {nofile: 90}});
    assert.equal(stdout, '90\n0\n');
  });
});

test('a sandbox without defaults has none', async () => {
  await using sandbox = await createSandbox({defaults: null as never});
  assert.equal((await sandbox.run('sh', ['-c', 'umask'])).stdout.trim(), umaskOfCaller);
});

describe('a bad default is refused when the sandbox is created', () => {
  for (const [defaults, code, name] of [
    [{cwd: 5}, 'ERR_INVALID_ARG_TYPE', 'options.defaults.cwd'],
    [{rlimits: {nproc: '64'}}, 'ERR_INVALID_ARG_TYPE', 'options.defaults.rlimits.nproc'],
    [{uid: -1}, 'ERR_OUT_OF_RANGE', 'options.defaults.uid'],
    [{stdio: 'x'}, 'ERR_INVALID_ARG_VALUE', 'options.defaults.stdio'],
    [{timeout: -1}, 'ERR_OUT_OF_RANGE', 'timeout'],
    [5, 'ERR_INVALID_ARG_TYPE', 'options.defaults'],
  ] as const) {
    test(JSON.stringify(defaults), async () => {
      const failing = createSandbox({defaults: defaults as SandboxDefaults});
      await assert.rejects(failing, error => {
        assert.equal((error as NodeJS.ErrnoException).code, code);
        assert.match((error as Error).message, new RegExp(`['"]${name}['"]`));
        return true;
      });
    });
  }
});

test("rlimits: {nproc: '64'} says what was expected", async () => {
  const failing = createSandbox({defaults: {rlimits: {nproc: '64' as never}}});
  await assert.rejects(failing, {
    code: 'ERR_INVALID_ARG_TYPE',
    message:
      /^The "options.defaults.rlimits.nproc" property must be a number or an object \{soft, hard\}. Received type string \('64'\)$/,
  });
});
