// A command that means harm. As root of its own user namespace it cannot touch PID 1. As root of the machine it can, and is not contained
// (SECURITY.md says so): then Node stays up, what others run is unharmed, and the result is an error or the command's own status.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {after, before, describe, test} from 'node:test';
import {createSandbox, type NamespacedProcess, type Sandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {type Finished, finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {isRoot, needsRoot} from '../helpers/requirements.js';

// With the machine's root there would be no limit of processes: inside it is somebody else's.
const range = [{containerId: 0, hostId: 100_000, size: 1}];
const user: Pick<SpawnOptions, 'uidMap' | 'gidMap'> = isRoot ? {uidMap: range, gidMap: range} : {uidMap: 'root'};
const contained = {namespaces: ['pid', 'mnt', 'user'], ...user} as const;

// What needs PID 1's memory, descriptors or channel; by whom that is had.
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
// Processes of the whole user are counted: an ordinary one has others.
const rlimits = {nproc: {soft: 300, hard: 300}};

/** A sandbox with a command that answers, as somebody else would have it at the same time. */
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

/** What may come of an attack that got hold of PID 1: it broke the protocol, it ended PID 1, it lied about its own status, or it ended. */
function assertOwn({code, signal, error}: Finished, name: string): void {
  if (error !== undefined) assert.ok(['EPROTO', 'ESRCH'].includes(error.code!), error.message);
  else if (signal !== null) assert.equal(signal, 'SIGKILL');
  else assert.equal(code, name === 'forge-exit' && code !== 7 ? 42 : 7);
}

for (const {name: place, options, attacks: names, isTouched, skip} of places) {
  describe(`by ${place}, in a namespace of its own`, {skip}, () => {
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
        // It shares the sandbox, and its fate.
        assert.equal((await otherEnd).events.at(-1), 'close');
      });
    }
  });
}

/** Has the attack begin once Node knows that the command runs. */
async function letFreeze(child: NamespacedProcess, isFrozen: boolean): Promise<void> {
  if (child.hostPid === undefined) await once(child, 'spawn');
  child.stdin!.write('now\n');
  const line = await linesOf(child.stdout)();
  assert.match(line, isFrozen ? /^trace done$/ : refused);
}

test('a PID 1 is not stopped by root of a user namespace', async () => {
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

  test('is ended by killAll() all the same', async () => {
    const child = await freeze({});
    assert.equal(child.killAll(), true);
    assert.equal((await finished(child)).signal, 'SIGKILL');
  });

  test('and by kill("SIGKILL"), a while later', async () => {
    const child = await freeze({});
    assert.equal(child.kill('SIGKILL'), true);
    assert.equal((await finished(child)).signal, 'SIGKILL');
    assert.equal(child.initSignal, 'SIGKILL');
  });

  test('and by a timeout, whatever its signal', async () => {
    const child = await freeze({timeout: 300});
    assert.equal((await finished(child)).signal, 'SIGKILL');
  });

  test('and by forceKillAfterDelay, behind a timeout that it does not heed', async () => {
    const child = await freeze({timeout: 300, killSignal: 'SIGKILL', forceKillAfterDelay: 50});
    assert.equal((await finished(child)).signal, 'SIGKILL');
    assert.equal(child.isForcefullyTerminated, true);
  });

  test('and by closing its sandbox', async () => {
    const sandbox = await createSandbox();
    const child = sandbox.spawn(testProgram('attack'), ['freeze']);
    await letFreeze(child, true);
    const end = finished(child);
    assert.deepEqual(await sandbox.close({graceMs: 50}), {isForcefullyTerminated: true});
    assert.deepEqual((await end).events, ['exit', 'close']);
  });

  test("and by a neighbour's timeout, and the others hear why", async () => {
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
