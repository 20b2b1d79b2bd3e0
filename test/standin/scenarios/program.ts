// What a program and its commands leave, and the other properties of a ChildProcess.
import {AsyncLocalStorage} from 'node:async_hooks';
import {ChildProcess, spawnSync} from 'node:child_process';
import {channel} from 'node:diagnostics_channel';
import {EventEmitter, once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {type Child, engines, type Group, type Spawn} from '../observe.js';

/** Runs a program in which `spawn` is imported, and returns its status and output. */
function program(spawn: Spawn, script: string): {status: number | null; stdout: string; stderr: string} {
  const [module, name] =
    spawn === engines.namespawn ? ['namespawn', 'spawnInNamespace'] : ['node:child_process', 'spawn'];
  const text = `import {${name} as spawn} from '${module}';\n${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', text], {encoding: 'utf8', timeout: 60_000});
}

/** Returns the processes that have this argument. */
function withArgument(argument: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument);
      } catch {
        return false;
      }
    })
    .map(Number);
}

let count = 0;
const unique = (): string => `1000${process.pid}.${++count}`;

/** Ends the processes that are left, and returns whether there were any. */
function endLeft(argument: string): boolean {
  const left = withArgument(argument);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  return left.length > 0;
}

async function until(isDone: () => boolean, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isDone() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 2));
}

const documented: readonly (string & keyof ChildProcess)[] = [
  'stdin',
  'stdout',
  'stderr',
  'stdio',
  'channel',
  'connected',
  'exitCode',
  'killed',
  'pid',
  'signalCode',
  'spawnargs',
  'spawnfile',
  'send',
  'disconnect',
  'kill',
  'ref',
  'unref',
];

const kinds = (child: Child): string =>
  documented.map(name => `${name} ${child[name] === null ? 'null' : typeof child[name]}`).join(', ');

export const life: Group = {
  title: 'The program, and what is left',
  scenarios: [
    {
      name: "'error' without a listener ends the program",
      run: async spawn => {
        const {status, stderr} = program(spawn, "spawn('namespawn-no-such-command');");
        return `${status}, ${/Error: spawn namespawn-no-such-command ENOENT/.exec(stderr)?.[0]}`;
      },
    },
    {
      name: "'error' without a listener is an uncaughtException",
      run: async spawn =>
        program(
          spawn,
          "process.on('uncaughtException', ({code}) => console.log(code)); spawn('namespawn-no-such-command');",
        ).stdout.trim(),
    },
    {
      name: 'what a listener throws ends the program',
      run: async spawn => {
        const {status, stderr} = program(
          spawn,
          "spawn('true').on('exit', () => { throw new Error('of a listener'); });",
        );
        return `${status}, ${/Error: of a listener/.exec(stderr)?.[0]}`;
      },
    },
    {
      name: 'a running command keeps the program alive',
      run: async spawn =>
        program(
          spawn,
          "spawn('sleep', ['0.05'], {stdio: 'ignore'}).on('exit', code => console.log(code));",
        ).stdout.trim(),
    },
    {
      name: 'unref lets the program end; its command',
      run: async spawn => {
        const mark = unique();
        const script = `const child = spawn('sleep', ['${mark}'], {stdio: 'ignore'});
          child.on('spawn', () => { child.unref(); console.log('unref'); });`;
        const {status, stdout} = program(spawn, script);
        await until(() => withArgument(mark).length === 0, 300);
        return `${status} ${stdout.trim()}, ${endLeft(mark) ? 'lives on' : 'is gone'}`;
      },
      difference: {
        childProcess: '0 unref, lives on',
        namespawn: '0 unref, is gone',
        why: 'A command never outlives the program that started it, however that program ends, unless `detached` or `dieWithParent: false` is set.',
      },
    },
    {
      name: 'unref and detached: the command lives on',
      run: async spawn => {
        const mark = unique();
        const script = `const child = spawn('sleep', ['${mark}'], {stdio: 'ignore', detached: true});
          child.on('spawn', () => child.unref());`;
        const {status} = program(spawn, script);
        return `${status}, ${endLeft(mark) ? 'lives on' : 'is gone'}`;
      },
    },
    {
      name: 'unref, then ref',
      run: async spawn =>
        program(
          spawn,
          `const child = spawn('sleep', ['0.05'], {stdio: 'ignore'}).on('exit', code => console.log(code));
          child.unref(); child.unref(); child.ref();`,
        ).stdout.trim(),
    },
    {
      name: 'the warning of arguments for a shell, DEP0190',
      run: async spawn => {
        const {stderr} = program(spawn, "for (let i = 0; i < 2; i++) spawn('true', ['a'], {shell: true});");
        return String(stderr.match(/DEP0190.*/g));
      },
    },
    {
      name: "unref at once: 'spawn' is emitted",
      run: async spawn =>
        program(
          spawn,
          `const child = spawn('true', {stdio: 'ignore'});
          child.unref();
          child.once('spawn', () => console.log('spawned'));`,
        ).stdout.trim(),
    },
    {
      name: 'a program that is killed; its command',
      run: async spawn => {
        const mark = unique();
        const script = `spawn('sleep', ['${mark}'], {stdio: 'ignore'}).on('spawn', () => process.kill(process.pid, 'SIGKILL'));`;
        program(spawn, script);
        await until(() => withArgument(mark).length === 0, 300);
        return endLeft(mark) ? 'lives on' : 'is gone';
      },
      difference: {
        childProcess: 'lives on',
        namespawn: 'is gone',
        why: 'A command never outlives the program that started it, however that program ends.',
      },
    },
    {
      name: 'a stray that holds the output open',
      run: async spawn => {
        const mark = unique();
        const child = spawn('sh', ['-c', `setsid sleep ${mark} & echo started`]);
        let isClosed = false;
        const close = once(child, 'close').then(() => {
          isClosed = true;
        });
        child.stdout!.resume();
        await once(child, 'exit');
        await until(() => isClosed, 300);
        const wasClosed = isClosed;
        const wasLeft = endLeft(mark);
        await close;
        return `'close' ${wasClosed ? 'comes with the end of the command' : 'waits for the stray'}, which ${wasLeft ? 'lives on' : 'is gone'}`;
      },
      difference: {
        childProcess: "'close' waits for the stray, which lives on",
        namespawn: "'close' comes with the end of the command, which is gone",
        why: 'When the command ends, everything in its namespace ends, so no other process can hold its output open.',
      },
    },
    {
      name: 'kill of a shell; its children',
      run: async spawn => {
        const mark = unique();
        const child = spawn('sh', ['-c', `sleep ${mark}; :`], {stdio: 'ignore'});
        await until(() => withArgument(mark).length > 0, 20_000);
        child.kill('SIGKILL');
        await once(child, 'close');
        return endLeft(mark) ? 'live on' : 'are gone';
      },
      difference: {
        childProcess: 'live on',
        namespawn: 'are gone',
        why: 'When the command ends, everything in its namespace ends, including daemons.',
      },
    },
    {
      name: 'properties while it runs',
      run: async spawn => {
        const child = spawn('true');
        const seen = kinds(child);
        await once(child, 'close');
        return seen;
      },
    },
    {
      name: 'properties after the end',
      run: async spawn => {
        const child = spawn('true');
        await once(child, 'close');
        return kinds(child);
      },
    },
    {
      name: 'classes',
      run: async spawn => {
        const child = spawn('true');
        await once(child, 'close');
        return `${child instanceof ChildProcess} ${child instanceof EventEmitter}`;
      },
    },
    {
      name: 'listeners run in the async context of the spawn',
      run: async spawn => {
        const storage = new AsyncLocalStorage<string>();
        const seen: string[] = [];
        const start = (context: string): Promise<unknown> =>
          storage.run(context, () => {
            const child = spawn('true');
            for (const event of ['spawn', 'exit', 'close'] as const)
              child.on(event, () => seen.push(`${storage.getStore()}`));
            return once(child, 'close');
          });
        await start('a');
        await start('b');
        return seen.join(' ');
      },
    },
    {
      name: 'the diagnostics channel child_process',
      run: async spawn => {
        let published: unknown;
        const listener = (message: unknown): void => {
          published = (message as {process: unknown}).process;
        };
        const spawnings = channel('child_process');
        spawnings.subscribe(listener);
        const child = spawn('true');
        spawnings.unsubscribe(listener);
        await once(child, 'close');
        return String(published === child);
      },
    },
  ],
};
