// Existing programs, unchanged, have the same output with and without namespaces.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {runInNamespace} from 'namespawn';
import {needsProgram} from '../helpers/requirements.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = path.join(root, 'dist/cli/main.js');

const commands: readonly (readonly [string, ...string[]])[] = [
  ['npm', '--version'],
  ['git', '-c', 'safe.directory=*', 'status', '--short', '--branch'],
  ['python3', '-c', 'import os, sys; print(sys.argv, os.getcwd(), sys.stdin.read())', 'a b'],
];

for (const [command, ...args] of commands) {
  describe(command, {skip: needsProgram(command)}, () => {
    const run = (file: string, list: readonly string[]) =>
      spawnSync(file, list, {cwd: root, encoding: 'utf8', input: 'from stdin'});
    const {status, stdout, stderr} = run(command, args);

    test('through runInNamespace', async () => {
      const result = await runInNamespace(command, args, {cwd: root, input: 'from stdin', reject: false});
      assert.deepEqual([result.exitCode, result.stdout, result.stderr], [status, stdout, stderr]);
    });

    test('through namespawn run', () => {
      const result = run(process.execPath, [main, 'run', '--', command, ...args]);
      assert.deepEqual([result.status, result.stdout, result.stderr], [status, stdout, stderr]);
    });
  });
}

describe('bash -i at a terminal', {skip: needsProgram('script') || needsProgram('bash')}, () => {
  /** Runs a session of bash, and returns the output of the terminal and the exit status. */
  function session(prefix: string): Promise<{shown: string; status: number | null}> {
    const bash = `${prefix} bash --noprofile --norc -i`;
    const environment = {...process.env, TERM: 'dumb', HISTFILE: ''};
    const child = spawn('script', ['--quiet', '--return', '--command', bash, '/dev/null'], {env: environment});
    let shown = '';
    // Each line is typed when the prompt is shown, because the terminal echoes earlier input at another place.
    const typed = [
      'echo $((6 * 7))',
      'sleep 100 & jobs -r | sed "s/&.*//"',
      'kill %1; wait',
      'tty >/dev/null && echo terminal',
      'exit 3',
    ];
    let prompts = 0;
    child.stdout.on('data', chunk => {
      shown += chunk;
      if ((shown.match(/bash-[\d.]+[#$] /g)?.length ?? 0) <= prompts) return;
      prompts++;
      const line = typed.shift();
      if (line !== undefined) child.stdin.write(`${line}\n`);
    });
    return new Promise(resolve => child.on('close', status => resolve({shown, status})));
  }

  // The PIDs of jobs differ each time, and bash reports the end of a job at one prompt or the next, or not at all.
  const normal = (shown: string): string =>
    shown.replace(/^\[1\] \d+/gm, '[1] PID').replace(/^\[1\]\+ +Terminated.*\r\n/gm, '');

  test('a session has the same output', {timeout: 60_000}, async () => {
    const plain = await session('');
    const inside = await session(`${process.execPath} ${main} run --`);
    assert.equal(normal(inside.shown), normal(plain.shown));
    assert.deepEqual([inside.status, plain.status], [3, 3]);
    assert.match(plain.shown, /\r\n42\r\n[\s\S]*\r\nterminal\r\n/);
    assert.doesNotMatch(inside.shown, /no job control/);
  });
});

describe('packages that spawn', () => {
  for (const name of ['execa', 'nano-spawn']) {
    test(`examples/${name}.mjs`, () => {
      const run = (...flags: string[]) =>
        spawnSync(process.execPath, [...flags, `examples/${name}.mjs`], {cwd: root, encoding: 'utf8', timeout: 60_000});
      const plain = run();
      const inside = run('--import', './examples/stand-in.mjs');
      assert.deepEqual([inside.status, inside.stdout], [0, plain.stdout], inside.stderr);
      assert.match(plain.stdout, /\n/);
      // The command was in a new PID namespace.
      assert.equal(inside.stderr, 'PID seen inside: 2\n');
      assert.notEqual(plain.stderr, inside.stderr);
    });
  }
});
