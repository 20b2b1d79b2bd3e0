// Compiled and never run: the types of a forked module and of a channel.
import type {ChildProcess, ForkOptions as NodeForkOptions, Serializable} from 'node:child_process';
import {type ForkOptions, forkInNamespace} from 'namespawn';

export const child: ChildProcess = forkInNamespace('a.js', ['x'], {serialization: 'advanced', namespaces: ['pid']});
export const byUrl: ChildProcess = forkInNamespace(new URL('file:///a.js'), {silent: true, execArgv: []});
export const options: ForkOptions = {} as NodeForkOptions;

child.send({a: 1}, error => error satisfies Error | null) satisfies boolean;
child.on('message', message => message satisfies Serializable);
child.channel?.unref();
child.disconnect();

const forked = forkInNamespace('a.js');
forked.channel?.hasRef() satisfies boolean | undefined;
forked.connected satisfies boolean;
