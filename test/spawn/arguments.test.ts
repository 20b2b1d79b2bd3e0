// An invalid argument throws at once, with Node's codes, and starts nothing.
import assert from 'node:assert/strict';
import {type SpawnOptions as ChildOptions, spawn} from 'node:child_process';
import {describe, test} from 'node:test';
import {type SpawnOptions, spawnInNamespace} from 'namespawn';
import {leavesNothing} from '../helpers/leaks.js';

describe('an invalid argument throws at once:', () => {
  const overlapping = [
    {containerId: 0, hostId: 1000, size: 10},
    {containerId: 9, hostId: 2000, size: 10},
  ];
  const cases: [what: string, call: () => unknown, code: string, message: RegExp][] = [
    ['NUL in the file', () => spawnInNamespace('a\0b'), 'ERR_INVALID_ARG_VALUE', /without null bytes/],
    ['NUL in an argument', () => spawnInNamespace('true', ['a\0b']), 'ERR_INVALID_ARG_VALUE', /args\[0\]/],
    ['NUL in env', () => spawnInNamespace('true', [], {env: {A: 'a\0b'}}), 'ERR_INVALID_ARG_VALUE', /null bytes/],
    ['NUL in cwd', () => spawnInNamespace('true', [], {cwd: 'a\0b'}), 'ERR_INVALID_ARG_VALUE', /options\.cwd/],
    ['an empty file', () => spawnInNamespace(''), 'ERR_INVALID_ARG_VALUE', /cannot be empty/],
    ['a file of another type', () => spawnInNamespace(7 as never), 'ERR_INVALID_ARG_TYPE', /"file"/],
    [
      'an unknown type',
      () => options({namespaces: ['mount' as 'mnt']}),
      'ERR_INVALID_ARG_VALUE',
      /'mnt', 'net', 'pid'/,
    ],
    [
      'an unknown key',
      () => options({namespaces: {mount: 'new'} as object}),
      'ERR_INVALID_ARG_VALUE',
      /one of 'cgroup'/,
    ],
    [
      'overlapping maps',
      () => options({uidMap: overlapping}),
      'ERR_INVALID_ARG_VALUE',
      /uidMap\[1\]\.containerId.*overlap/,
    ],
    ['an empty map', () => options({gidMap: []}), 'ERR_INVALID_ARG_VALUE', /at least one/],
    ['a negative id', () => map(-1, 0, 1), 'ERR_OUT_OF_RANGE', /uidMap\[0\]\.containerId/],
    ['an empty range', () => map(0, 0, 0), 'ERR_OUT_OF_RANGE', /uidMap\[0\]\.size/],
    ['a range beyond the last id', () => map(0, 4_294_967_290, 10), 'ERR_OUT_OF_RANGE', /uidMap\[0\]\.size/],
    ['341 ranges', () => options({uidMap: many(341)}), 'ERR_OUT_OF_RANGE', /340/],
    ['lines of 4 KB and more', () => options({uidMap: many(340, 1_000_000)}), 'ERR_OUT_OF_RANGE', /4095/],
    [
      '65 bytes of host name',
      () => options({namespaces: ['uts'], hostname: 'x'.repeat(65)}),
      'ERR_INVALID_ARG_VALUE',
      /64/,
    ],
    [
      '65 bytes of few letters',
      () => options({namespaces: ['uts'], domainname: 'ä'.repeat(33)}),
      'ERR_INVALID_ARG_VALUE',
      /64/,
    ],
    ['a host name without uts', () => options({hostname: 'x'}), 'ERR_INVALID_ARG_VALUE', /needs 'uts'/],
    ['time offsets without time', () => options({timeOffsets: {boottime: 1}}), 'ERR_INVALID_ARG_VALUE', /needs 'time'/],
    [
      'a map without user',
      () => options({namespaces: {pid: 'new', user: 'inherit'}, uidMap: 'root'}),
      'ERR_INVALID_ARG_VALUE',
      /needs 'user'/,
    ],
    [
      'mountProc without mnt',
      () => options({namespaces: ['pid'], mountProc: true}),
      'ERR_INVALID_ARG_VALUE',
      /needs 'mnt'/,
    ],
    ['a umask beyond 0o777', () => options({umask: 0o1000}), 'ERR_OUT_OF_RANGE', /options\.umask/],
    ['a umask with a digit that is not octal', () => options({umask: '8'}), 'ERR_INVALID_ARG_VALUE', /octal digits/],
    ['a umask of another type', () => options({umask: true as never}), 'ERR_INVALID_ARG_TYPE', /options\.umask/],
    ['an unknown limit', () => options({rlimits: {files: 1} as object}), 'ERR_INVALID_ARG_VALUE', /nofile/],
    [
      'soft above hard',
      () => options({rlimits: {core: {soft: 2, hard: 1}}}),
      'ERR_OUT_OF_RANGE',
      /rlimits\.core\.soft/,
    ],
    ['a negative uid', () => options({uid: -1}), 'ERR_OUT_OF_RANGE', /options\.uid/],
    ['a gid of another type', () => options({gid: {} as never}), 'ERR_INVALID_ARG_TYPE', /options\.gid/],
    ['an unknown killSignal', () => options({killSignal: 'SIGNO' as never}), 'ERR_UNKNOWN_SIGNAL', /SIGNO/],
  ];
  const options = (given: SpawnOptions): unknown => spawnInNamespace('true', [], given);
  const map = (containerId: number, hostId: number, size: number): unknown =>
    options({uidMap: [{containerId, hostId, size}]});
  const many = (count: number, first = 0) =>
    Array.from({length: count}, (_, id) => ({containerId: first + id, hostId: first + id, size: 1}));

  for (const [what, call, code, message] of cases) {
    test(what, () =>
      leavesNothing(async () => {
        assert.throws(call, (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        });
      }),
    );
  }

  test('the codes are those of child_process', () => {
    const calls: [string, string[], ChildOptions][] = [
      ['', [], {}],
      ['a\0b', [], {}],
      ['true', ['a\0b'], {}],
      ['true', [], {uid: 1.5}],
      ['true', [], {cwd: 5 as never}],
      ['true', [], {timeout: -1}],
      ['true', [], {stdio: 'nothing' as never}],
      ['true', [], {stdio: [{}] as never}],
    ];
    for (const [file, args, given] of calls) {
      const codeOf = (run: () => unknown): unknown => {
        try {
          run();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
        return assert.fail('did not throw');
      };
      assert.equal(
        codeOf(() => spawnInNamespace(file, args, given as SpawnOptions)),
        codeOf(() => spawn(file, args, given)),
      );
    }
  });
});
