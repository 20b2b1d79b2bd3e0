// Each failure emits an error that names the option that caused it, and leaves nothing behind.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {before, describe, test} from 'node:test';
import {NamespaceError, type SpawnOptions, spawnInNamespace} from 'namespawn';
import {type Finished, finished} from '../helpers/finished.js';
import {type Fixture, fixturePath, startFixture} from '../helpers/fixtures.js';
import {leavesNothing} from '../helpers/leaks.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const places: [name: string, options: SpawnOptions][] = [
  ['with nsinit', {}],
  ['with init: false', {init: false}],
  ['without a PID namespace', {namespaces: ['uts']}],
  ['in all namespaces', {namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']}],
];

before(() => {
  mkdirSync(path.join(directory, 'directory'));
  writeFileSync(path.join(directory, 'plain'), 'echo never');
  for (const [name, text] of [
    ['interpreter', '#!/no/such/interpreter\n'],
    ['denied', '#!/bin/sh\n'],
  ] as const) {
    writeFileSync(path.join(directory, name), text);
    chmodSync(path.join(directory, name), name === 'denied' ? 0o644 : 0o755);
  }
});

/** Runs a command that must fail, and counts what it leaves. */
function failing(file: string, args: readonly string[], options: SpawnOptions): Promise<Finished> {
  return leavesNothing(async () => {
    const child = spawnInNamespace(file, args, options);
    const result = await finished(child);
    assert.equal(child.pid, undefined);
    assert.deepEqual(result.events, ['error', 'close']);
    assert.deepEqual([result.code, result.signal], [result.error!.errno, null]);
    return result;
  });
}

/** Returns the fields that errors of child_process have. */
function fields({error}: Finished): Record<string, unknown> {
  const {code, errno, syscall, path, spawnargs, message} = error!;
  return {code, errno, syscall, path, spawnargs, message};
}

describe('a command that cannot be executed fails exactly as in child_process', () => {
  // With a directory in PATH that may not be searched, the error would be EACCES.
  const env = {PATH: '/usr/bin:/bin'};
  const cases: [what: string, file: () => string, code: string][] = [
    ['that does not exist', () => 'no-such-command', 'ENOENT'],
    ['whose path does not exist', () => '/no/such/command', 'ENOENT'],
    ['below a file', () => '/etc/passwd/command', 'ENOTDIR'],
    ['that is a directory', () => path.join(directory, 'directory'), 'EACCES'],
    ['that is not executable', () => path.join(directory, 'plain'), 'EACCES'],
    ['that is a script and not executable', () => path.join(directory, 'denied'), 'EACCES'],
    ['with a bad interpreter', () => path.join(directory, 'interpreter'), 'ENOENT'],
    ['of a name that is too long', () => 'x'.repeat(300), 'ENAMETOOLONG'],
  ];
  for (const [what, file, code] of cases) {
    for (const [place, options] of places) {
      test(`${what}, ${place}`, async () => {
        const ours = fields(await failing(file(), ['an', 'argument'], {...options, env}));
        assert.equal(ours.code, code);
        assert.equal(ours.syscall, `spawn ${file()}`);
        // child_process throws all other errors instead of emitting them.
        if (!['ENOENT', 'EACCES'].includes(code)) return;
        const theirs = fields(await finished(spawn(file(), ['an', 'argument'], {env})));
        assert.deepEqual(ours, theirs);
      });
    }
  }
});

for (const [place, options] of places) {
  test(`a missing cwd is reported with the step cwd, ${place}`, async () => {
    const cwd = path.join(directory, 'missing');
    const {error} = await failing('true', ['x'], {...options, cwd});
    const {code, syscall, path: file, spawnargs, step, hint} = error!;
    assert.deepEqual(
      {code, syscall, file, spawnargs, step},
      {code: 'ENOENT', syscall: 'spawn true', file: 'true', spawnargs: ['x'], step: 'cwd'},
    );
    assert.ok(hint?.includes(cwd), hint);
    assert.ok(error instanceof NamespaceError);
  });
}

describe('the size of the command line', () => {
  // A single argument may have at most 128 KB.
  const words = (bytes: number): string[] => Array.from({length: Math.ceil(bytes / 100_000)}, () => 'x'.repeat(99_999));

  for (const [place, options] of places) {
    test(`arguments beyond ARG_MAX fail with E2BIG, ${place}`, async () => {
      const {error} = await failing('true', words(3_000_000), options);
      assert.equal(error?.code, 'E2BIG');
      assert.equal(error?.syscall, 'spawn true');
    });

    test(`1.5 MB of arguments arrive, ${place}`, async () => {
      const args = ['-c', 'printf %s "$@" | wc -c', 'sh', ...words(1_500_000)];
      const {stdout} = await finished(spawnInNamespace('sh', args, {...options, stdio: 'pipe'}));
      assert.equal(Number(stdout), 15 * 99_999);
    });
  }

  test('an environment beyond ARG_MAX fails with E2BIG', async () => {
    const env = Object.fromEntries(words(3_000_000).map((word, index) => [`V${index}`, word]));
    assert.equal((await failing('/bin/true', [], {env})).error?.code, 'E2BIG');
  });
});

test('a descriptor that is not open is reported as EBADF, with the step stdio', async () => {
  const {error} = await failing('true', [], {stdio: ['ignore', 'pipe', 'ignore', 999]});
  assert.deepEqual([error?.code, error?.step, error?.index], ['EBADF', 'stdio', 3]);
});

test('a mount point that does not exist is reported with the step mountProc', async () => {
  const {error} = await failing('true', [], {mountProc: '/no/such/place'});
  assert.deepEqual([error?.code, error?.step, error?.path], ['ENOENT', 'mountProc', '/no/such/place']);
});

interface Attempt {
  free: number;
  code: string;
  step?: string;
  isClean: boolean;
}

async function attemptsOf(fixture: Fixture): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (let line = await fixture.next<Attempt | null>(); line !== null; line = await fixture.next<Attempt | null>())
    attempts.push(line);
  return attempts;
}

test('EMFILE at any point of a launch leaves nothing', async () => {
  const attempts = await attemptsOf(
    startFixture('few-descriptors', [], ['sh', '-c', 'ulimit -n 128; exec "$@"', 'sh']),
  );
  assert.equal(attempts.length, 20);
  for (const {code, isClean, free} of attempts) {
    assert.ok(['EMFILE', 'none'].includes(code), `${free} free: ${code}`);
    assert.ok(isClean, `${free} free: something is left`);
  }
  assert.equal(attempts[0]?.code, 'EMFILE');
  assert.equal(attempts.at(-1)?.code, 'none');
});

test('max_pid_namespaces is reported as ENOSPC, with the step namespaces, and leaves nothing', async () => {
  const child = spawnInNamespace(process.execPath, [fixturePath('no-namespaces')], {
    namespaces: ['user', 'pid', 'mnt'],
    uidMap: 'root',
  });
  const {stdout, stderr} = await finished(child);
  assert.equal(stdout, '{"code":"ENOSPC","step":"namespaces","syscall":"clone3","isClean":true}\n', stderr);
});
