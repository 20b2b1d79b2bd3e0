// The options `nice`, `ioPriority`, `scheduler` and `cpuAffinity`: what is refused, and who may raise a priority.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {type NamespaceError, runInNamespace, type SpawnOptions} from 'namespawn';
import {needsRoot, needsUser} from '../helpers/requirements.js';
import {shell} from '../helpers/shell.js';

test('values that do not exist are refused', () => {
  const refused: [SpawnOptions, string][] = [
    [{nice: 20}, 'ERR_OUT_OF_RANGE'],
    [{nice: '5' as unknown as number}, 'ERR_INVALID_ARG_TYPE'],
    [{ioPriority: {class: 'fast' as 'idle'}}, 'ERR_INVALID_ARG_VALUE'],
    [{ioPriority: {class: 'idle', level: 8}}, 'ERR_OUT_OF_RANGE'],
    [{scheduler: {policy: 'deadline' as 'idle'}}, 'ERR_INVALID_ARG_VALUE'],
    [{scheduler: {policy: 'idle', priority: 1}}, 'ERR_INVALID_ARG_VALUE'],
    [{scheduler: {policy: 'fifo', priority: 100}}, 'ERR_OUT_OF_RANGE'],
    [{cpuAffinity: []}, 'ERR_INVALID_ARG_VALUE'],
    [{cpuAffinity: [-1]}, 'ERR_OUT_OF_RANGE'],
    [{keyring: 'own' as 'new'}, 'ERR_INVALID_ARG_VALUE'],
    [{personality: ['NONE' as 'UNAME26']}, 'ERR_INVALID_ARG_VALUE'],
  ];
  for (const [options, code] of refused) assert.throws(() => runInNamespace('true', [], options), {code});
});

test('CPUs that do not exist are refused by the kernel', async () => {
  const error: NamespaceError = await runInNamespace('true', [], {cpuAffinity: [8191]}).catch(reason => reason);
  assert.deepEqual([error.code, error.syscall, error.step], ['EINVAL', 'sched_setaffinity', 'cpuAffinity']);
  assert.match(error.hint!, /Cpus_allowed_list/);
});

describe('who may raise a priority', () => {
  const raising: [SpawnOptions, string, string, RegExp][] = [
    [{nice: -1}, 'EACCES', 'nice', /^-1$/],
    [{scheduler: {policy: 'rr', priority: 3}}, 'EPERM', 'chrt -p 0', /SCHED_RR.*: 3$/s],
    [{ioPriority: {class: 'realtime', level: 0}}, 'EPERM', 'ionice', /^realtime: prio 0$/],
  ];
  for (const [options, code, look, seen] of raising) {
    const [name] = Object.keys(options);
    test(`${name}: root`, {skip: needsRoot()}, async () => {
      assert.match(await shell(look, options), seen);
    });
    test(`${name}: an ordinary user may not, nor root of a user namespace`, {skip: needsUser()}, async () => {
      for (const more of [{}, {uidMap: 'root'}] as const) {
        const error: NamespaceError = await runInNamespace('true', [], {...options, ...more}).catch(reason => reason);
        assert.deepEqual([error.code, error.step], [code, name]);
        assert.notEqual(error.hint, undefined);
      }
    });
  }
});

test('anybody may lower a priority, and each option counts', async () => {
  const options: SpawnOptions = {
    nice: 5,
    ioPriority: {class: 'best-effort', level: 6},
    scheduler: {policy: 'batch'},
  };
  const lines = (await shell('nice; ionice; chrt -p 0', options)).split('\n');
  assert.deepEqual(lines.slice(0, 2), ['5', 'best-effort: prio 6']);
  assert.match(lines[2]!, /SCHED_BATCH$/);
});
