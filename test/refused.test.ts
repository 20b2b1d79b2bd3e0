// System calls that the kernel refuses to Node's own threads. `npm run inject` tries all of them; these were once reported wrongly.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {NamespaceError} from 'namespawn';
import {testProgram} from './helpers/programs.js';

// The output is written with writeSync, because process.stdout cannot be opened if ioctl(2) is refused.
const attempt = `import {readFileSync, writeSync} from 'node:fs';
  import {createSandbox, spawnInNamespace} from 'namespawn';
  function ended(start) {
    const heard = [];
    return new Promise(resolve => {
      const child = start();
      child.on('spawn', () => heard.push('spawn'));
      child.on('exit', (code, signal) => heard.push('exit ' + (code ?? signal)));
      child.on('error', ({code, syscall, step}) => heard.push([code, syscall, step].join(' ')));
      child.on('close', () => resolve(heard));
    });
  }
  const childrenLeft = () => readFileSync('/proc/thread-self/children', 'utf8').trim();
`;

function attemptWith(rule: string, script: string): unknown {
  const node = [process.execPath, '--input-type=module', '-e', attempt + script];
  const {stdout, stderr} = spawnSync(testProgram('refuse'), [rule, '--', ...node], {encoding: 'utf8', timeout: 20_000});
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('if Node may not read the reports of nsinit, the command emits an error, and no false exit', () => {
  const script = `writeSync(1, JSON.stringify([await ended(() => spawnInNamespace('true')), childrenLeft()]));`;
  assert.deepEqual(attemptWith('recvmsg=EPERM', script), [['EPERM recvmsg channel'], '']);
});

// FIONBIO, which libuv needs to open a pipe.
const noStreams = 'ioctl:0x5421=EPERM';

test('if Node cannot create streams for the pipes, the launch ends with an error', () => {
  const script = `const heard = await ended(() => spawnInNamespace('sleep', ['60']));
    writeSync(1, JSON.stringify([heard, childrenLeft()]));`;
  assert.deepEqual(attemptWith(noStreams, script), [['EPERM open stdio'], '']);
});

test('in a sandbox the command ends with an error as well, and the sandbox continues', () => {
  const script = `const sandbox = await createSandbox();
    const first = await ended(() => sandbox.spawn('sleep', ['60']));
    const second = await ended(() => sandbox.spawn('true', [], {stdio: 'ignore'}));
    const running = sandbox.processes().length;
    await sandbox.close();
    writeSync(1, JSON.stringify([first, second, running, childrenLeft()]));`;
  assert.deepEqual(attemptWith(noStreams, script), [['EPERM open stdio'], ['spawn', 'exit 0'], 1, '']);
});

test('error numbers that Node does not know have names', () => {
  for (const [name, errno] of Object.entries({EUSERS: 87, ELIBBAD: 80, EUCLEAN: 117, ENOKEY: 126})) {
    assert.equal(new NamespaceError({errno: -errno}).code, name);
  }
});
