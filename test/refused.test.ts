// System calls that the kernel refuses to Node's own threads. `npm run inject` tries all of them; these were once reported wrongly.
import assert from 'node:assert/strict';
import {type SpawnSyncOptions, spawnSync} from 'node:child_process';
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

/** Runs a script in a Node that a program with arguments executes. */
function attemptBy([file, ...args]: [string, ...string[]], script: string, ids: SpawnSyncOptions = {}): unknown {
  const node = [process.execPath, '--input-type=module', '-e', attempt + script];
  const {stdout, stderr} = spawnSync(file, [...args, ...node], {...ids, encoding: 'utf8', timeout: 20_000});
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

function attemptWith(rule: string, script: string): unknown {
  return attemptBy([testProgram('refuse'), rule, '--'], script);
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

// A plan of more than 64 KB is put into a memfd.
const largePlan = `const args = ['x'.repeat(100_000)];
    const alone = await ended(() => spawnInNamespace('true', args));
    const sandbox = await createSandbox();
    const inSandbox = await ended(() => sandbox.spawn('true', args));
    const next = await ended(() => sandbox.spawn('true'));
    await sandbox.close();
    writeSync(1, JSON.stringify([alone, inSandbox, next, childrenLeft()]));`;

const F_ADD_SEALS = 1033;
for (const [rule, call] of [
  ['memfd_create=EPERM', 'memfd_create'],
  [`fcntl:${F_ADD_SEALS}=EPERM`, 'fcntl'],
] as const) {
  test(`if ${call} of the memfd of a large plan is refused, the error names it`, () => {
    const error = `EPERM ${call} channel`;
    assert.deepEqual(attemptWith(rule, largePlan), [[error], [error], ['spawn', 'exit 0'], '']);
  });
}

test("if the addon's thread cannot be started because descriptors are missing, the error names the call that needs one", () => {
  const script = `import {closeSync, openSync} from 'node:fs';
    import {constants} from 'namespawn/sys';
    constants.CLONE_NEWPID; // loads the addon
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    const errors = new Set();
    for (;;) {
      const [first] = await ended(() => spawnInNamespace('true', [], {stdio: 'inherit'}));
      if (first === 'spawn') break;
      errors.add(first);
      closeSync(held.pop());
    }
    writeSync(1, JSON.stringify([...errors]));`;
  assert.deepEqual(attemptBy(['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'], script), [
    'EMFILE memfd_create init',
    'EMFILE socketpair channel',
    'EMFILE epoll_create1 channel',
    'EMFILE eventfd2 channel',
    'EMFILE clone3 namespaces',
  ]);
});

test("if the addon's thread cannot be started because of RLIMIT_NPROC, the error names pthread_create and the limit", () => {
  // The limit does not hold for root.
  const ids = process.getuid!() === 0 ? {uid: 1000, gid: 1000} : {};
  const script = `import {execFileSync} from 'node:child_process';
    import {unshare, constants} from 'namespawn/sys';
    const flags = constants.CLONE_NEWUTS; // loads the addon
    execFileSync('prlimit', ['--pid', process.pid, '--nproc=1']);
    const spawned = await ended(() => spawnInNamespace('true'));
    let unshared;
    try {
      unshare(flags);
    } catch ({code, syscall, hint}) {
      unshared = [code, syscall, hint];
    }
    writeSync(1, JSON.stringify([spawned, ...unshared]));`;
  const [spawned, code, syscall, hint] = attemptBy(['env'], script, ids) as string[];
  assert.deepEqual([spawned, code, syscall], [['EAGAIN pthread_create channel'], 'EAGAIN', 'pthread_create']);
  assert.match(hint!, /RLIMIT_NPROC/);
});

test('error numbers that Node does not know have names', () => {
  for (const [name, errno] of Object.entries({EUSERS: 87, ELIBBAD: 80, EUCLEAN: 117, ENOKEY: 126})) {
    assert.equal(new NamespaceError({errno: -errno}).code, name);
  }
});
