// Every assignment of new, join and inherit to the eight types of namespace: 3^8.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {
  type NamespaceHandle,
  type NamespacesOption,
  type NamespaceType,
  namespaceIds,
  namespacesOf,
  namespaceTypes,
  spawnInNamespace,
} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {leavesNothing} from '../helpers/leaks.js';
import {isRoot} from '../helpers/requirements.js';
import {slowness} from '../helpers/time.js';

type Choice = 'new' | 'inherit' | NamespaceHandle;
const atOnce = 4;

/** The combinations that are possible: an ordinary user has to join the user namespace, or to create all that is not inherited in a new one. */
function expected(choices: Record<NamespaceType, Choice>): 'runs' | 'refused' | 'EPERM' {
  if (isRoot) return 'runs';
  const all = Object.values(choices);
  const joins = all.some(choice => typeof choice === 'object');
  if (joins) return typeof choices.user === 'object' ? 'runs' : 'refused';
  return choices.user === 'new' || all.every(choice => choice === 'inherit') ? 'runs' : 'EPERM';
}

/** Starts a command, and returns what became of it: the namespaces that are not as they were asked for, or the error. */
async function attempt(choices: Record<NamespaceType, Choice>, own: Record<string, number>): Promise<string> {
  let child: ReturnType<typeof spawnInNamespace>;
  try {
    child = spawnInNamespace('/bin/cat', [], {
      namespaces: choices as NamespacesOption,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ERR_INVALID_ARG_VALUE');
    return 'refused';
  }
  const closed = once(child, 'close').then(
    () => 'closed',
    (error: NodeJS.ErrnoException) => `${error.code}`,
  );
  const outcome = await Promise.race([
    once(child, 'spawn').then(
      () => 'spawned',
      () => closed,
    ),
    closed,
  ]);
  if (outcome !== 'spawned') return outcome;
  // Until the kernel has finished the exec, which is some microseconds after 'spawn', an ordinary user may not look.
  const inside = await eventually(() => namespaceIds(child.hostPid!));
  child.stdin!.end();
  await closed;
  const wrong = namespaceTypes.filter(type => {
    const choice = choices[type];
    if (choice === 'inherit') return inside[type] !== own[type];
    if (choice === 'new') return inside[type] === own[type];
    return inside[type] !== choice.id;
  });
  return wrong.length === 0 ? 'runs' : `wrong: ${wrong}`;
}

test('every mix of new, joined and inherited namespaces', async () => {
  await using target = spawnInNamespace('sleep', ['1000'], {
    namespaces: namespaceTypes,
    uidMap: 'root',
    stdio: 'ignore',
  });
  await once(target, 'spawn');
  const handles = namespacesOf(target);
  const own = namespaceIds(process.pid);
  await leavesNothing(async () => {
    const mixes = Array.from({length: 3 ** namespaceTypes.length}, (_, number) => {
      const entries = namespaceTypes.map((type, index) => {
        const choices: Choice[] = ['inherit', 'new', handles[type]];
        return [type, choices[Math.floor(number / 3 ** index) % 3]!] as const;
      });
      return Object.fromEntries(entries) as Record<NamespaceType, Choice>;
    });
    assert.equal(mixes.length, 6561);
    const wrong: string[] = [];
    const counts = {runs: 0, refused: 0, EPERM: 0};
    // An emulated CPU takes a sample: 7 and 3 have no common divisor, so that each choice occurs with each other one.
    const tried = slowness === 1 ? mixes : mixes.filter((_, index) => index % 7 === 0);
    const work = tried[Symbol.iterator]();
    await Promise.all(
      Array.from({length: atOnce}, async () => {
        for (const mix of work) {
          const outcome = await attempt(mix, own);
          const words = namespaceTypes.map(type => `${type}=${typeof mix[type] === 'object' ? 'join' : mix[type]}`);
          if (outcome === expected(mix)) counts[expected(mix)]++;
          else wrong.push(`${words.join(' ')}: ${outcome}`);
        }
      }),
    );
    assert.deepEqual(wrong, []);
    // user: join with any others (3^7), user: new without a join (2^7), and nothing at all.
    if (!isRoot && tried === mixes) assert.equal(counts.runs, 3 ** 7 + 2 ** 7 + 1);
  }, 1);
  target.killAll();
  await once(target, 'close');
  for (const handle of Object.values(handles)) handle.close();
});
