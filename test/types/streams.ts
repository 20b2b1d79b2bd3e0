// Compiled, never run: what the options say of a child's streams and terminal, and of a result.
import type {ChildProcessByStdio, ChildProcessWithoutNullStreams} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import {
  type CommandUsage,
  createSandbox,
  type NamespacedProcess,
  type PseudoTerminal,
  type RunResult,
  runInNamespace,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';

spawnInNamespace('true').stdin satisfies Writable;
spawnInNamespace('true', ['x'], {namespaces: ['pid'], hostname: undefined}).stdout satisfies Readable;
spawnInNamespace('true', {stdio: 'pipe'}).stderr satisfies Readable;

export const both: ChildProcessByStdio<null, Readable, Readable> = spawnInNamespace('true', ['x'], {
  stdio: ['ignore', 'pipe', undefined],
});
export const none: ChildProcessByStdio<null, null, null> = spawnInNamespace('true', {
  stdio: ['inherit', process.stdout, 'ignore'],
});
export const all: ChildProcessByStdio<Writable, Readable, Readable> = spawnInNamespace('true', [], {
  stdio: ['pipe', null, 'overlapped'],
  cwd: '/',
});
both.stdio[0] satisfies null;
both.stdio[1] satisfies Readable;

spawnInNamespace('bash', ['-i'], {pty: {cols: 80}}).pty.resize(120, 40);
spawnInNamespace('bash', {pty: true}).pty satisfies PseudoTerminal;
// @ts-expect-error A terminal takes the place of the streams.
spawnInNamespace('bash', {pty: true}).stdin.end();
// @ts-expect-error Without the option there is no terminal.
spawnInNamespace('bash').pty.resize(120, 40);
// @ts-expect-error Nothing is known of the streams where the options are not.
spawnInNamespace('true', {} as SpawnOptions).stdin.end();
// @ts-expect-error A stream that is no pipe is null.
spawnInNamespace('true', {stdio: ['pipe', 'ignore', 'pipe']}).stdout.resume();
// @ts-expect-error A word for all three.
spawnInNamespace('true', {stdio: 'ignore'}).stdout.resume();
// @ts-expect-error An option that does not exist.
spawnInNamespace('true', {hostnam: 'box'});
// @ts-expect-error An option that does not exist, beside a tuple.
spawnInNamespace('true', {stdio: ['pipe', 'pipe', 'pipe'], hostnam: 'box'});
// A word or a descriptor that is known only when the program runs.
spawnInNamespace('true', {stdio: ['pipe', 1, 'pipe']}) satisfies NamespacedProcess;
spawnInNamespace('true', {stdio: ['pipe', 'pipe', 'pipe', 'ipc']}) satisfies NamespacedProcess;

const sandbox = await createSandbox();
export const inside: ChildProcessWithoutNullStreams = sandbox.spawn('true');
sandbox.spawn('true', ['x'], {cwd: '/'}).stdout.resume();
sandbox.spawn('bash', {pty: true}).pty.write('exit\n');
sandbox.spawn('true', {stdio: ['ignore', 'pipe', 'ignore']}).stdout.resume();
// @ts-expect-error The namespaces of a sandbox exist already.
sandbox.spawn('true', {namespaces: ['pid']});

for (const run of [runInNamespace, sandbox.run.bind(sandbox)] as [typeof runInNamespace, typeof runInNamespace]) {
  const done = await run('true');
  done.usage satisfies CommandUsage;
  done.exitCode satisfies 0;
  done.pid satisfies number;
  done.stdout satisfies string;
  const bytes = await run('true', [], {encoding: 'buffer', reject: true});
  bytes.stdout satisfies Buffer;
  bytes.usage.maxRSS satisfies number;
  const perhaps = await run('true', {reject: false});
  perhaps satisfies RunResult;
  // @ts-expect-error A command that was not started has used nothing.
  perhaps.usage.maxRSS satisfies number;
  const perhapsBytes = await run('true', null, {encoding: 'buffer', reject: false});
  perhapsBytes.stdout satisfies Buffer;
}
(await sandbox.run('true')).usage.command satisfies object;
(await sandbox.run('true', {encoding: 'buffer'})).stdout satisfies Buffer;
