// A command that is root of its own user namespace and means harm: Node stays up, what others run is unharmed, and the result
// is an error or the command's own status. Root of the machine itself is not contained: SECURITY.md says so.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {after, before, describe, test} from 'node:test';
import {createSandbox, type NamespacedProcess, type Sandbox, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {type Finished, finished} from '../helpers/finished.js';
import {linesOf} from '../helpers/lines.js';
import {childrenOf} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {isRoot} from '../helpers/requirements.js';

// With the machine's root there would be no limit of processes: inside it is somebody else's.
const range = [{containerId: 0, hostId: 100_000, size: 1}];
const user: Pick<SpawnOptions, 'uidMap' | 'gidMap'> = isRoot ? {uidMap: range, gidMap: range} : {uidMap: 'root'};
const contained = {namespaces: ['pid', 'mnt', 'user'], ...user} as const;

const attacks = ['kill', 'trace', 'descriptors', 'garbage', 'forge', 'forge-exit', 'pass', 'shutdown', 'bomb'];
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

/** What may come of an attack: it broke the protocol, it ended PID 1, it lied about its own status, or it ended. */
function assertOwn({code, signal, error, events}: Finished, attack: string): void {
  assert.equal(events.at(-1), 'close');
  if (error !== undefined) assert.ok(['EPROTO', 'ESRCH'].includes(error.code!), error.message);
  else if (signal !== null) assert.deepEqual([attack, signal], ['shutdown', 'SIGKILL']);
  else assert.equal(code, attack === 'forge-exit' && code !== 7 ? 42 : 7);
}

describe('in a namespace of its own', () => {
  for (const attack of attacks) {
    test(attack, async () => {
      for (let round = 0; round < 5; round++) {
        const child = spawnInNamespace(testProgram('attack'), [attack], {...contained, rlimits, stdio: 'pipe'});
        assertOwn(await finished(child), attack);
      }
      await assertUnharmed();
    });
  }
});

describe('in a sandbox', () => {
  for (const attack of attacks) {
    test(attack, async () => {
      const sandbox = await createSandbox(contained);
      const other = sandbox.spawn('sleep', ['1000'], {stdio: 'ignore'});
      const otherEnd = finished(other);
      assertOwn(await finished(sandbox.spawn(testProgram('attack'), [attack], {rlimits})), attack);
      await sandbox.close();
      await assertUnharmed();
      // It shares the sandbox, and its fate.
      assert.equal((await otherEnd).events.at(-1), 'close');
    });
  }
});

/** Has the attack begin once Node knows that the command runs. */
async function letFreeze(child: NamespacedProcess): Promise<void> {
  await once(child, 'spawn');
  child.stdin!.write('now\n');
  assert.equal(await linesOf(child.stdout)(), 'trace done');
}

describe('a PID 1 that is stopped by ptrace', () => {
  const freeze = async (options: SpawnOptions): Promise<NamespacedProcess> => {
    const child = spawnInNamespace(testProgram('attack'), ['freeze'], {...contained, ...options, stdio: 'pipe'});
    await letFreeze(child);
    return child;
  };

  test('is ended by killAll() all the same', async () => {
    const child = await freeze({});
    assert.equal(child.killAll(), true);
    assert.equal((await finished(child)).signal, 'SIGKILL');
  });

  test('and by forceKillAfterDelay, behind a timeout that it does not heed', async () => {
    const child = await freeze({timeout: 300, killSignal: 'SIGKILL', forceKillAfterDelay: 50});
    assert.equal((await finished(child)).signal, 'SIGKILL');
    assert.equal(child.isForcefullyTerminated, true);
  });

  test('and by closing its sandbox', async () => {
    const sandbox = await createSandbox(contained);
    const child = sandbox.spawn(testProgram('attack'), ['freeze']);
    await letFreeze(child);
    const end = finished(child);
    assert.deepEqual(await sandbox.close({graceMs: 50}), {isForcefullyTerminated: true});
    assert.equal((await end).error?.code, 'ESRCH');
  });
});
