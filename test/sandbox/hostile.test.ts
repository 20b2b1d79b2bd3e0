// A hostile command. As root of its own user namespace it cannot attack PID 1. As root of the machine it can, because it is not contained
// (see SECURITY.md). Even then Node continues, other commands are not affected, and the result is an error or the status of the command
// itself.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {after, before, describe, test} from 'node:test';
import {createSandbox, type NamespacedProcess, type Sandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {closed, type Finished, finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';
import {beforeTimeout} from '../helpers/time.js';

// A user namespace of real root maps another id, because a limit on processes does not apply to real root.
const range = [{containerId: 0, hostId: 100_000, size: 1}];
const user: Pick<SpawnOptions, 'uidMap' | 'gidMap'> = isRoot ? {uidMap: range, gidMap: range} : {uidMap: 'root'};
const contained = {namespaces: ['pid', 'mnt', 'user'], ...user} as const;

// The attacks that need PID 1's memory, descriptors or channel, and the users who can have these.
const attacks = ['trace', 'descriptors', 'garbage', 'forge', 'forge-exit', 'pass', 'shutdown'];
const places = [
  {
    name: 'root of a user namespace',
    options: contained,
    attacks: [...attacks, 'kill', 'bomb'],
    isTouched: false,
    skip: false,
  },
  {name: 'root of the machine', options: {}, attacks, isTouched: true, skip: needsRoot()},
] as const;
// The limit counts all processes of the user, and an ordinary user has others.
const rlimits = {nproc: {soft: 300, hard: 300}};

/** Another sandbox at the same time, with a command that echoes its input. */
let neighbour: {sandbox: Sandbox; cat: NamespacedProcess; next: () => Promise<string>};

before(async () => {
  const sandbox = await createSandbox();
  const cat = sandbox.spawn('cat', {stdio: ['pipe', 'pipe', 'inherit']});
  await once(cat, 'spawn');
  neighbour = {sandbox, cat, next: linesOf(cat.stdout)};
});

after(async () => {
  neighbour.cat.stdin!.end();
  await finished(neighbour.cat);
  await neighbour.sandbox.close();
});

async function assertUnharmed(): Promise<void> {
  neighbour.cat.stdin!.write('are you there\n');
  assert.equal(await neighbour.next(), 'are you there');
  assert.equal((await neighbour.sandbox.run('echo', ['yes'])).stdout, 'yes\n');
  assert.deepEqual(childrenOf(), [neighbour.sandbox.pid]);
}

const refused = /^(trace|list|channel) (Operation not permitted|Permission denied)$/;

async function attack(child: NamespacedProcess, name: string, isTouched: boolean): Promise<void> {
  const end = await finished(child);
  assert.equal(end.events.at(-1), 'close');
  if (isTouched) {
    assertOwn(end, name);
    return;
  }
  assert.deepEqual([end.error, end.signal, end.code], [undefined, null, 7]);
  const lines = end.stdout.split('\n').filter(line => /^(trace|list|channel) /.test(line));
  if (attacks.includes(name)) assert.notEqual(lines.length, 0);
  for (const line of lines) assert.match(line, refused);
}

/**
 * The allowed results of an attack that has taken over PID 1: it broke the protocol, ended PID 1, reported a false status of itself, or
 * exited.
 */
function assertOwn({code, signal, error}: Finished, name: string): void {
  if (error !== undefined) assert.ok(['EPROTO', 'ESRCH'].includes(error.code!), error.message);
  else if (signal !== null) assert.equal(signal, 'SIGKILL');
  else assert.equal(code, name === 'forge-exit' && code !== 7 ? 42 : 7);
}

for (const {name: place, options, attacks: names, isTouched, skip} of places) {
  describe(`by ${place}, in new namespaces`, {skip}, () => {
    for (const name of names) {
      test(name, async () => {
        for (let round = 0; round < 5; round++) {
          await attack(
            spawnInNamespace(testProgram('attack'), [name], {...options, rlimits, stdio: 'pipe'}),
            name,
            isTouched,
          );
        }
        await assertUnharmed();
      });
    }
  });

  describe(`by ${place}, in a sandbox`, {skip}, () => {
    for (const name of names) {
      test(name, async () => {
        const sandbox = await createSandbox(options);
        const other = sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'});
        const otherEnd = finished(other);
        await attack(sandbox.spawn(testProgram('attack'), [name], {rlimits}), name, isTouched);
        if (!isTouched && name !== 'kill') assert.equal(other.signalCode, null);
        await sandbox.close();
        await assertUnharmed();
        // The other command of the sandbox ends as well.
        assert.equal((await otherEnd).events.at(-1), 'close');
      });
    }
  });
}

/** Starts the attack after Node has received the start of the command. */
async function letFreeze(child: NamespacedProcess, isFrozen: boolean): Promise<void> {
  if (child.hostPid === undefined) await once(child, 'spawn');
  child.stdin!.write('now\n');
  const line = await linesOf(child.stdout)();
  assert.match(line, isFrozen ? /^trace done$/ : refused);
}

test('root of a user namespace cannot stop a PID 1', async () => {
  const child = spawnInNamespace(testProgram('attack'), ['freeze'], {...contained, stdio: 'pipe'});
  await letFreeze(child, false);
  assert.equal(child.kill('SIGKILL'), true);
  const {signal} = await finished(child);
  assert.deepEqual([signal, child.initSignal], ['SIGKILL', null]);
});

describe('a PID 1 that root of the machine stops by ptrace', {skip: needsRoot()}, () => {
  const freeze = async (options: SpawnOptions): Promise<NamespacedProcess> => {
    const child = spawnInNamespace(testProgram('attack'), ['freeze'], {...options, stdio: 'pipe'});
    await letFreeze(child, true);
    return child;
  };

  test('is ended by killAll() nevertheless', async () => {
    const child = await freeze({});
    assert.equal(child.killAll(), true);
    assert.equal((await finished(child)).signal, 'SIGKILL');
  });

  test('is ended by kill("SIGKILL"), after some time', async () => {
    const child = await freeze({});
    assert.equal(child.kill('SIGKILL'), true);
    assert.equal((await finished(child)).signal, 'SIGKILL');
    assert.equal(child.initSignal, 'SIGKILL');
  });

  /** The timeout comes after the attack. */
  const freezeBeforeTimeout = (options: SpawnOptions): Promise<NamespacedProcess> =>
    beforeTimeout(async timeout => {
      const child = spawnInNamespace(testProgram('attack'), ['freeze'], {...options, timeout, stdio: 'pipe'});
      child.stdin!.on('error', () => {});
      const frozen = letFreeze(child, true).then(() => child);
      return Promise.race([frozen, closed(child).then(() => undefined)]).catch(() => undefined);
    });

  test('is ended by a timeout, whatever its signal', async () => {
    const child = await freezeBeforeTimeout({});
    assert.equal((await finished(child)).signal, 'SIGKILL');
  });

  test('is ended by forceKillAfterDelay, after a timeout without effect', async () => {
    const child = await freezeBeforeTimeout({killSignal: 'SIGKILL', forceKillAfterDelay: 50});
    assert.equal((await finished(child)).signal, 'SIGKILL');
    assert.equal(child.isForcefullyTerminated, true);
  });

  test('is ended by closing its sandbox', async () => {
    const sandbox = await createSandbox();
    const child = sandbox.spawn(testProgram('attack'), ['freeze']);
    await letFreeze(child, true);
    const end = finished(child);
    assert.deepEqual(await sandbox.close({graceMs: 50}), {isForcefullyTerminated: true});
    assert.deepEqual((await end).events, ['exit', 'close']);
  });

  test('is ended by the timeout of another command, and the errors name the reason', async () => {
    const sandbox = await createSandbox();
    const run = sandbox.run('sleep', ['1000'], {timeout: 1000, reject: false});
    await once(run.child, 'spawn');
    const attack = sandbox.run(testProgram('attack'), ['freeze'], {input: 'now\n'});
    const message = /'sleep' was killed in it and did not end/;
    const frozen = assert.rejects(attack, {code: 'ESRCH', signal: 'SIGKILL', message});
    const {timedOut} = await run;
    assert.equal(timedOut, true);
    await frozen;
    await sandbox.close();
  });
});
