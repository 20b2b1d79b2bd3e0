// How commands of execa end.
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {type Case, fieldsOf, isAlive, reasonOf} from '../case.js';
import {childOf, outcome, type Setting} from './api.js';

const owner = fileURLToPath(new URL('owner.js', import.meta.url));

export function endCases({api, name, flags}: Setting): Case[] {
  const {execa, ExecaError} = api;
  const sleep = (options: object = {}) => execa('sleep', ['1000'], options);
  // It ignores SIGTERM, and says when it does.
  const stubborn = (options: object = {}) =>
    execa('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'], options);
  const ready = (subprocess: ReturnType<typeof stubborn>) => once(subprocess.stdout!, 'data');
  // The program is no command of this library: its own commands are.
  const program = (what: string) => promisify(execFile)(process.execPath, [...flags, owner, name, what]);
  const verbose = (seen: unknown[]) => (_line: unknown, about: object) => {
    const {type, message} = about as {type: string; message: unknown};
    seen.push(type === 'duration' ? type : [type, message]);
    return undefined;
  };
  return [
    {name: 'an exit code', run: () => outcome(execa('sh', ['-c', 'echo why >&2; exit 3']))},
    {name: 'a signal', run: () => outcome(execa('sh', ['-c', 'kill -HUP $$']))},
    {name: 'a command that is not found', run: () => outcome(execa('namespawn-no-such-command', ['x']))},
    {name: 'a file that may not be executed', run: () => outcome(execa('/etc/passwd'))},
    {
      name: 'a directory that is missing',
      run: async () =>
        ((await reasonOf(execa('true', {cwd: '/namespawn/no/such'}))) as Error).message.split('\n').at(-1),
      difference: {
        childProcess: 'spawn true ENOENT',
        namespawn: "spawn true ENOENT (cwd '/namespawn/no/such')",
        why: 'The message says that the directory is missing, and not the command.',
      },
    },
    {name: 'a bad option', run: () => reasonOf((async () => execa('true', {timeout: -1}))())},
    {
      name: 'a bad option that child_process refuses',
      run: async () => ((await reasonOf((async () => execa('true', {uid: true} as never))())) as {code?: string}).code,
    },
    {
      name: 'a NUL in an argument',
      run: async () => ((await reasonOf((async () => execa('echo', ['a\0b']))())) as {code?: string}).code,
    },
    {name: 'ExecaError', run: async () => (await execa('false').catch(error => error)) instanceof ExecaError},
    {
      name: 'kill',
      run: async () => {
        const subprocess = sleep();
        return [subprocess.kill(), childOf(subprocess).killed, await outcome(subprocess)];
      },
    },
    {
      name: 'kill with a signal',
      run: async () => {
        const subprocess = sleep();
        return [subprocess.kill('SIGINT'), await outcome(subprocess)];
      },
    },
    {
      name: 'kill with an error',
      run: async () => {
        const subprocess = sleep();
        return [subprocess.kill(new Error('because')), await outcome(subprocess)];
      },
    },
    {
      name: 'kill after the end',
      run: async () => {
        const subprocess = execa('true');
        await subprocess;
        return subprocess.kill();
      },
    },
    {
      name: 'kill with 0',
      run: async () => {
        const subprocess = sleep();
        await once(childOf(subprocess), 'spawn');
        const isRunning = subprocess.kill(0);
        subprocess.kill();
        return [isRunning, await outcome(subprocess)];
      },
    },
    {
      name: 'killSignal',
      run: async () => {
        const subprocess = sleep({killSignal: 'SIGUSR1'});
        subprocess.kill();
        return outcome(subprocess);
      },
    },
    {name: 'timeout', run: () => outcome(sleep({timeout: 50}))},
    {name: 'timeout, with killSignal', run: () => outcome(sleep({timeout: 50, killSignal: 'SIGINT'}))},
    {name: 'timeout of a command that ends before', run: () => outcome(execa('true', {timeout: 60_000}))},
    {
      name: 'cancelSignal',
      run: async () => {
        const controller = new AbortController();
        const subprocess = sleep({cancelSignal: controller.signal});
        childOf(subprocess).once('spawn', () => controller.abort('enough'));
        return outcome(subprocess);
      },
    },
    {name: 'cancelSignal before the start', run: () => outcome(sleep({cancelSignal: AbortSignal.abort('early')}))},
    {
      name: 'forceKillAfterDelay',
      run: async () => {
        const subprocess = stubborn({forceKillAfterDelay: 50});
        await ready(subprocess);
        subprocess.kill();
        return outcome(subprocess);
      },
    },
    {
      name: 'forceKillAfterDelay: false',
      run: async () => {
        const subprocess = execa(
          'sh',
          ['-c', 'trap "echo later; exit 7" TERM; echo ready; while :; do sleep 0.1; done'],
          {forceKillAfterDelay: false},
        );
        await ready(subprocess as never);
        subprocess.kill();
        return outcome(subprocess);
      },
    },
    {
      name: 'forceKillAfterDelay leaves another signal alone',
      run: async () => {
        const subprocess = execa('sh', ['-c', 'trap "echo usr" USR1; echo ready; sleep 0.5; sleep 0.5; echo end'], {
          forceKillAfterDelay: 50,
        });
        await ready(subprocess as never);
        subprocess.kill('SIGUSR1');
        return outcome(subprocess);
      },
    },
    {
      name: 'forceKillAfterDelay after a timeout',
      run: () => outcome(stubborn({timeout: 2000, forceKillAfterDelay: 50})),
    },
    {
      name: 'forceKillAfterDelay after cancelSignal',
      run: async () => {
        const controller = new AbortController();
        const subprocess = stubborn({cancelSignal: controller.signal, forceKillAfterDelay: 50});
        await ready(subprocess);
        controller.abort();
        return outcome(subprocess);
      },
    },
    {
      name: 'detached',
      run: async () => {
        const {stdout} = await execa('sh', ['-c', 'test "$(ps -o pgid= -p $$ | tr -d " ")" = $$ && echo leads'], {
          detached: true,
        });
        return stdout;
      },
    },
    {
      name: 'cleanup: the command of a program that ends',
      run: async () => {
        const {stdout} = await program('end');
        while (isAlive(Number(stdout))) await setTimeout(20);
        return 'has ended';
      },
    },
    {
      name: 'detached: the command of a program that ends',
      run: async () => {
        const {stdout} = await program('detach');
        const wasAlive = isAlive(Number(stdout));
        if (wasAlive) process.kill(Number(stdout), 'SIGKILL');
        return wasAlive;
      },
    },
    {
      name: 'events',
      run: async () => {
        const subprocess = execa('sh', ['-c', 'exit 3'], {reject: false});
        const events: unknown[] = [];
        for (const event of ['spawn', 'exit', 'close', 'error']) {
          childOf(subprocess).on(event, (...args: unknown[]) => events.push([event, ...args]));
        }
        const closed = once(childOf(subprocess), 'close');
        await Promise.all([subprocess, closed]);
        return events;
      },
    },
    {
      name: 'properties',
      run: async () => {
        const subprocess = execa('true');
        const before = fieldsOf(childOf(subprocess), [
          'spawnfile',
          'spawnargs',
          'killed',
          'connected',
          'exitCode',
          'signalCode',
        ]);
        await subprocess;
        return [typeof subprocess.pid, before, childOf(subprocess).exitCode, childOf(subprocess).signalCode];
      },
    },
    {
      name: 'unref',
      run: async () => {
        const subprocess = execa('true');
        childOf(subprocess).unref();
        childOf(subprocess).ref();
        return outcome(subprocess);
      },
    },
    {
      name: 'verbose',
      run: async () => {
        const seen: unknown[] = [];
        await execa('sh', ['-c', 'echo a; echo b >&2; exit 3'], {
          verbose: verbose(seen) as never,
          reject: false,
          buffer: true,
        } as never);
        return seen.map(String).sort();
      },
    },
    {
      name: 'verbose of a pipe',
      run: async () => {
        const seen: unknown[] = [];
        await execa('echo', ['a'], {verbose: verbose(seen) as never}).pipe('cat', {verbose: verbose(seen) as never});
        return seen.map(String).sort();
      },
    },
    {
      name: "verbose: 'full'",
      run: async () => {
        const {stderr} = await program('verbose');
        return stderr
          .replace(/\[[\d:.]+\]/g, '[time]')
          .replace(/done in .*\)/g, 'done)')
          .split('\n');
      },
    },
    {
      name: 'many commands at once',
      run: async () => {
        const all = await Promise.all(Array.from({length: 20}, (_, index) => execa('echo', [String(index)])));
        return all.map(({stdout}) => stdout).join();
      },
    },
  ];
}
