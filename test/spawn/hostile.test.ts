// A hostile command that is root of its own user namespace can reach neither nsinit's executable nor Node.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runInNamespace, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {finished} from '../helpers/finished.js';
import {kernelLacks} from '../helpers/kernel.js';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';

const hostile: SpawnOptions = {namespaces: ['user', 'pid', 'mnt'], uidMap: 'root'};

async function attack(): Promise<Map<string, string>> {
  process.env.NAMESPAWN_TEST_SECRET = 's3cret-of-node';
  try {
    const {stdout} = await runInNamespace(testProgram('hostile'), [], {...hostile, env: {}});
    return new Map(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => line.split(' ') as [string, string]),
    );
  } finally {
    delete process.env.NAMESPAWN_TEST_SECRET;
  }
}

test("nsinit's executable can be neither changed nor made unusable", async () => {
  const results = await attack();
  const writes = ['open-write', 'open-rdwr', 'truncate', 'ftruncate', 'map-shared'];
  // Without F_SEAL_EXEC its mode can be changed. Then a new executable is created for the next command.
  const attempts = kernelLacks('F_SEAL_EXEC') === false ? ['chmod', 'fchmod', ...writes] : writes;
  for (const attempt of attempts) {
    const result = results.get(attempt);
    assert.ok(['EPERM', 'EACCES', 'ETXTBSY', 'EINVAL', undefined].includes(result), `${attempt}: ${result}`);
  }
  assert.notEqual(results.get('chmod'), undefined);
  assert.notEqual(results.get('reopen-write'), 'ok');
  // The next command has an intact executable.
  assert.equal((await runInNamespace('echo', ['sound'], hostile)).stdout, 'sound\n');
});

test("Node's descriptors cannot be reached, not even through the channel", async () => {
  const results = await attack();
  // The command can take nsinit's end of the channel. What is protected is Node, at the other end.
  assert.ok(results.has('sockets'));
  assert.equal(results.get('node-descriptor'), undefined);
  if (results.get('sockets') !== '0') {
    // The credentials of a process that is not visible inside.
    assert.equal(results.get('node-signal'), 'EINVAL');
    assert.equal(results.get('node-setns'), 'EPERM');
  }
});

test("nsinit does not contain Node's environment", async () => {
  const results = await attack();
  assert.equal(results.get('environment'), '0');
  assert.equal(results.get('secrets'), '0');
});

test('messages on a stolen channel can end its own launch, and nothing else', async () => {
  const lies: [what: string, args: string[]][] = [
    ['too short', ['7', '0', '1']],
    ['too long', ['4000', '1', '1']],
    ['of the right size, all ones', ['160', '1', '1']],
    ['of the right size, all bits', ['160', '255', '1']],
    ['a flood', ['160', '3', '500']],
    ['empty, as if closed', ['0', '0', '1']],
    ['closed', ['8', '0', '0', 'close']],
  ];
  for (const [what, args] of lies) {
    await leavesNothing(async () => {
      const bystander = spawnInNamespace('cat');
      const child = spawnInNamespace(testProgram('liar'), args, hostile);
      const {code, signal, error} = await finished(child);
      // Node ends the launch because of the invalid reports, or the kernel has ended it. In both cases no exit code is reported.
      assert.notEqual(code, 0, what);
      assert.ok(error !== undefined || signal === 'SIGKILL' || code !== null, what);
      bystander.stdin.end('untouched');
      assert.equal((await finished(bystander)).stdout, 'untouched', what);
    });
  }
});
