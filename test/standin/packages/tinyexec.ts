// The features of tinyexec.
import {allOf, type Case, fieldsOf, reasonOf} from './case.js';

const outcome = async (result: PromiseLike<unknown>): Promise<unknown> =>
  fieldsOf(await reasonOf(result), ['name', 'message', 'code', 'exitCode', 'signalCode', 'stdout', 'stderr']);

export function tinyexecCases({x}: typeof import('tinyexec')): Case[] {
  return [
    {name: 'output', run: () => outcome(x('sh', ['-c', 'echo out; echo err >&2']))},
    {name: 'an exit code', run: () => outcome(x('sh', ['-c', 'exit 3']))},
    {name: 'throwOnError', run: () => outcome(x('sh', ['-c', 'echo why >&2; exit 3'], {throwOnError: true}))},
    {name: 'throwOnError of a signal', run: () => outcome(x('sh', ['-c', 'kill $$'], {throwOnError: true}))},
    {name: 'a command that is not found', run: () => outcome(x('namespawn-no-such-command'))},
    {name: 'iteration', run: () => allOf(x('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; echo 3']))},
    {
      name: 'iteration over a command that fails',
      run: () => outcome(allOf(x('sh', ['-c', 'echo 1; exit 3'], {throwOnError: true}))),
    },
    {name: 'a string as stdin', run: () => outcome(x('tr', ['a-z', 'A-Z'], {stdin: 'loud'}))},
    {name: 'stdin of another command', run: () => outcome(x('cat', [], {stdin: x('echo', ['x'])}))},
    {name: 'pipe', run: () => outcome(x('printf', ['b\na\n']).pipe('sort'))},
    {name: 'pipe of three', run: () => outcome(x('seq', ['5']).pipe('tail', ['-n', '2']).pipe('head', ['-n', '1']))},
    {name: 'much output', run: async () => (await x('head', ['-c', '3000000', '/dev/zero'])).stdout.length},
    {name: 'node_modules/.bin', run: async () => (await x('biome', ['--version'])).exitCode},
    {
      name: 'inheritEnv: false',
      run: () => outcome(x('/usr/bin/env', [], {inheritEnv: false, nodePath: false, nodeOptions: {env: {A: 'set'}}})),
    },
    {name: 'nodeOptions', run: () => outcome(x('pwd', [], {nodeOptions: {cwd: '/usr'}}))},
    {
      name: 'nodeOptions.stdio',
      run: () => outcome(x('echo', ['x'], {nodeOptions: {stdio: ['ignore', 'pipe', 'ignore']}})),
    },
    {name: 'shell', run: () => outcome(x('echo $((6 * 7)) | cat', [], {nodeOptions: {shell: true}}))},
    {
      name: 'timeout',
      run: async () => {
        const result = x('sleep', ['1000'], {timeout: 50});
        return [await outcome(result), result.aborted, result.killed, result.signalCode];
      },
    },
    {
      name: 'signal',
      run: async () => {
        const controller = new AbortController();
        const result = x('sleep', ['1000'], {signal: controller.signal});
        result.process!.once('spawn', () => controller.abort());
        return [await outcome(result), result.aborted, result.killed];
      },
    },
    {
      name: 'kill',
      run: async () => {
        const result = x('sleep', ['1000']);
        return [result.kill('SIGINT'), result.killed, await outcome(result), result.signalCode];
      },
    },
    {
      name: 'persist',
      run: async () => {
        const result = x('sh', ['-c', 'test "$(ps -o pgid= -p $$ | tr -d " ")" = $$ && echo leads'], {persist: true});
        return [typeof result.pid, await outcome(result)];
      },
    },
    {
      name: 'process',
      run: async () => {
        const result = x('true');
        const code = await new Promise(resolve => result.process!.once('close', resolve));
        return [code, (await result).exitCode];
      },
    },
  ];
}
