// The features of nano-spawn.
import type NanoSpawn from 'nano-spawn';
import {allOf, type Case, fieldsOf, reasonOf} from './case.js';

const outcome = async (subprocess: PromiseLike<unknown>): Promise<unknown> => {
  const result = await reasonOf(subprocess);
  const shown = fieldsOf(result, [
    'name',
    'message',
    'exitCode',
    'signalName',
    'isCanceled',
    'stdout',
    'stderr',
    'command',
  ]);
  const {cause} = result as {cause?: unknown};
  return cause === undefined ? shown : {...shown, cause: fieldsOf(cause, ['name', 'code', 'message'])};
};

export function nanoSpawnCases(spawn: typeof NanoSpawn): Case[] {
  const both = ['-c', 'echo out; echo err >&2'];
  const pipe = (): Promise<unknown> => outcome(spawn('sh', ['-c', 'sleep 0.2; printf "b\\na\\n"']).pipe('sort'));
  return [
    {name: 'output', run: () => outcome(spawn('sh', both))},
    {name: 'output of both', run: async () => (await spawn('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2'])).output},
    {name: 'a string as input', run: () => outcome(spawn('tr', ['a-z', 'A-Z'], {stdin: {string: 'loud'}}))},
    {name: 'much input', run: () => outcome(spawn('wc', ['-c'], {stdin: {string: 'x'.repeat(2_000_000)}}))},
    {name: 'much output', run: async () => (await spawn('head', ['-c', '3000000', '/dev/zero'])).stdout.length},
    {name: 'stdio', run: () => outcome(spawn('sh', both, {stdio: ['ignore', 'pipe', 'ignore']}))},
    {name: 'no pipe', run: () => outcome(spawn('true', {stdio: 'ignore'}))},
    {name: 'shell', run: () => outcome(spawn('echo $((6 * 7)) |', ['cat'], {shell: true}))},
    {name: 'cwd and env', run: () => outcome(spawn('sh', ['-c', 'echo "$PWD $A"'], {cwd: '/usr', env: {A: 'set'}}))},
    {
      name: 'preferLocal',
      run: async () => (await spawn('biome', ['--version'], {preferLocal: true})).stdout.length > 0,
    },
    {name: 'node', run: () => outcome(spawn('node', ['-p', '6 * 7']))},
    {name: 'iteration', run: () => allOf(spawn('printf', ['one\ntwo\n']))},
    {name: 'iteration over stdout', run: () => allOf(spawn('sh', both).stdout)},
    {name: 'iteration over stderr', run: () => allOf(spawn('sh', both).stderr)},
    {
      name: 'iteration that stops early',
      run: async () => {
        const subprocess = spawn('seq', ['3']);
        for await (const line of subprocess) if (line === '2') break;
        return (await subprocess).durationMs > 0;
      },
    },
    {
      name: 'iteration over a command that fails',
      run: () => outcome(allOf(spawn('sh', ['-c', 'echo a; exit 3']))),
    },
    {name: 'pipe', run: pipe},
    {
      name: 'pipe of three',
      run: () => outcome(spawn('sh', ['-c', 'sleep 0.2; seq 5']).pipe('tail', ['-n', '2']).pipe('head', ['-n', '1'])),
    },
    {name: 'pipe of a command that fails', run: () => outcome(spawn('sh', ['-c', 'sleep 0.2; exit 3']).pipe('cat'))},
    {name: 'pipe to a command that fails', run: () => outcome(spawn('sleep', ['0.2']).pipe('sh', ['-c', 'exit 4']))},
    {name: 'pipe to a command that is not found', run: () => outcome(spawn('true').pipe('namespawn-no-such-command'))},
    {name: 'an exit code', run: () => outcome(spawn('sh', ['-c', 'echo why >&2; exit 3']))},
    {name: 'a signal', run: () => outcome(spawn('sh', ['-c', 'kill $$']))},
    {name: 'a command that is not found', run: () => outcome(spawn('namespawn-no-such-command'))},
    {name: 'timeout', run: () => outcome(spawn('sleep', ['1000'], {timeout: 50}))},
    {
      name: 'signal',
      run: async () => {
        const controller = new AbortController();
        const subprocess = spawn('sleep', ['1000'], {signal: controller.signal});
        await subprocess.nodeChildProcess;
        controller.abort();
        return outcome(subprocess);
      },
    },
    {name: 'signal before the start', run: () => outcome(spawn('sleep', ['1000'], {signal: AbortSignal.abort()}))},
    {
      name: 'nodeChildProcess',
      run: async () => {
        const subprocess = spawn('sleep', ['1000']);
        const child = await subprocess.nodeChildProcess;
        return [typeof child.pid, child.kill('SIGINT'), await outcome(subprocess)];
      },
    },
    {
      name: 'messages',
      run: async () => {
        const program = "process.once('message', m => { process.send([m]); process.disconnect(); })";
        const subprocess = spawn('node', ['-e', program], {stdio: ['pipe', 'pipe', 'pipe', 'ipc']});
        const child = await subprocess.nodeChildProcess;
        const back = new Promise(resolve => child.once('message', resolve));
        child.send('there');
        return [await back, await outcome(subprocess)];
      },
    },
  ];
}
