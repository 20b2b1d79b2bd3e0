// Compiled and never run: a NamespacedProcess is assignable to a ChildProcess.
import type {ChildProcess, ChildProcessWithoutNullStreams} from 'node:child_process';
import {type NamespacedProcess, spawnInNamespace} from 'namespawn';

export const child: ChildProcess = spawnInNamespace('true');
export const withPipes: ChildProcessWithoutNullStreams = spawnInNamespace('true');
export const general: ChildProcess = null as unknown as NamespacedProcess;

declare function waitFor(process: ChildProcess): Promise<number>;
export const code = waitFor(spawnInNamespace('true', ['x'], {namespaces: ['pid'], stdio: 'ignore'}));

child.on('exit', (exitCode, signal) => [exitCode satisfies number | null, signal satisfies NodeJS.Signals | null]);
