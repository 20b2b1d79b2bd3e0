// Call forms and options, and what is refused.
import {
  eventsUntilClose,
  fieldsOf,
  type Group,
  type Options,
  outputOf,
  type Scenario,
  type Spawn,
  thrownBy,
} from '../observe.js';

const outputFrom =
  (command: string): Scenario['run'] =>
  spawn =>
    outputOf(spawn('sh', ['-c', command]));

async function named(child: ReturnType<Spawn>): Promise<string> {
  return `${child.spawnfile} ${JSON.stringify(child.spawnargs)}: ${await outputOf(child)}`;
}

export const options: Group = {
  title: 'Call forms and options',
  scenarios: [
    {name: 'spawn(command)', run: spawn => named(spawn('pwd'))},
    {name: 'spawn(command, args)', run: spawn => named(spawn('echo', ['a', 'b c', '']))},
    {name: 'spawn(command, options)', run: spawn => named(spawn('pwd', {cwd: '/usr'}))},
    {name: 'spawn(command, null, options)', run: spawn => named(spawn('pwd', null, {cwd: '/usr'}))},
    {name: 'spawn(command, undefined, options)', run: spawn => named(spawn('pwd', undefined, {cwd: '/usr'}))},
    {
      name: 'what is passed is not changed',
      run: async spawn => {
        const args = Object.freeze(['x']);
        const given = Object.freeze({env: Object.freeze({PATH: process.env.PATH}), cwd: '/'});
        await eventsUntilClose(spawn('echo', args, given as Options));
        return `${args.length} ${Object.keys(given).length}`;
      },
    },
    {name: 'cwd as a URL', run: spawn => outputOf(spawn('pwd', {cwd: new URL('file:///usr')}))},
    {name: "cwd ''", run: async spawn => String((await outputOf(spawn('pwd', {cwd: ''}))) === process.cwd())},
    {name: 'env', run: spawn => outputOf(spawn('/usr/bin/env', {env: {A: '1', B: undefined, C: 'x=y'}}))},
    {
      name: 'the command is looked up along PATH of env',
      run: spawn => eventsUntilClose(spawn('sh', ['-c', ':'], {env: {PATH: '/no/such/directory'}})),
    },
    {name: 'argv0', run: spawn => named(spawn('sh', ['-c', 'echo $0'], {argv0: 'other'}))},
    {name: 'shell: true', run: spawn => named(spawn('echo "$((1 + 1))" | tr 2 3', {shell: true}))},
    {name: 'shell: true with arguments', run: spawn => named(spawn('echo', ['$((1 + 1))'], {shell: true}))},
    {name: 'shell by name', run: spawn => named(spawn('echo $0', {shell: '/bin/bash'}))},
    {name: 'shell missing', run: spawn => eventsUntilClose(spawn('echo', {shell: '/no/such/shell'}))},
    {name: "shell: ''", run: spawn => named(spawn('echo', ['$((1 + 1))'], {shell: ''}))},
    {
      name: 'a script without a first line',
      run: async spawn => {
        const {mkdtempSync, rmSync, writeFileSync} = await import('node:fs');
        const directory = mkdtempSync('/tmp/namespawn-test-');
        writeFileSync(`${directory}/script`, 'echo ran', {mode: 0o755});
        try {
          return await outputOf(spawn(`${directory}/script`));
        } finally {
          rmSync(directory, {recursive: true});
        }
      },
    },
    {
      name: 'the parent that the command sees',
      run: async spawn => {
        const seen = await outputOf(spawn('sh', ['-c', 'echo $PPID']));
        return seen === String(process.pid) ? 'the caller' : seen;
      },
      difference: {
        childProcess: 'the caller',
        namespawn: '1',
        why: 'The parent is nsinit. Many programs take 1 to mean that their parent has ended; a shell in between is then the parent.',
      },
    },
    {
      name: 'the parent that the command of a shell sees',
      run: async spawn => {
        const [shell, seen] = (await outputOf(spawn('sh', ['-c', 'echo $$; sh -c "echo \\$PPID"; exit $?']))).split(
          '\n',
        );
        return seen === shell ? 'the shell' : seen!;
      },
    },
    {
      name: "the caller's PID, inside",
      run: spawn =>
        outputOf(spawn('sh', ['-c', `kill -0 ${process.pid} 2>/dev/null && echo exists || echo no process`])),
      difference: {
        childProcess: 'exists',
        namespawn: 'no process',
        why: 'The command cannot signal processes outside. Tell a server that watches the PID of its client to watch none, or 1.',
      },
    },
    {
      name: 'the PID that the command sees',
      run: async spawn => {
        const child = spawn('sh', ['-c', 'echo $$']);
        const {pid} = child;
        const seen = Number(await outputOf(child));
        return seen === pid ? 'child.pid' : String(seen);
      },
      difference: {
        childProcess: 'child.pid',
        namespawn: '2',
        why: "The command has its own PID namespace. `pid` is the PID of nsinit, `hostPid` and `namespacePid` are the command's.",
      },
    },
    {
      name: 'processes that the command sees',
      run: async spawn =>
        Number(await outputOf(spawn('sh', ['-c', 'ls -d /proc/[0-9]* | wc -l']))) < 6 ? 'its own' : 'all',
      difference: {
        childProcess: 'all',
        namespawn: 'its own',
        why: 'The command cannot signal, trace or count processes outside of its namespace.',
      },
    },
    {
      name: 'session',
      run: async spawn => {
        const line = await outputOf(spawn('sh', ['-c', 'cat /proc/$$/stat']));
        const [pid, , , , , session] = line.split(' ');
        return pid === session ? 'its own' : "the caller's";
      },
      difference: {
        childProcess: "the caller's",
        namespawn: 'its own',
        why: "The command cannot push input into the caller's terminal (CVE-2017-5226). If it inherits that terminal it stays in the caller's session, so that job control works, unless `newSession` is set.",
      },
    },
    {
      name: 'NODE_V8_COVERAGE of the caller, with `env`',
      run: async spawn => {
        const before = process.env.NODE_V8_COVERAGE;
        process.env.NODE_V8_COVERAGE = '/tmp/coverage';
        try {
          return (await outputOf(spawn('/usr/bin/env', {env: {A: '1'}}))).split('\n').join(' ');
        } finally {
          if (before === undefined) delete process.env.NODE_V8_COVERAGE;
          else process.env.NODE_V8_COVERAGE = before;
        }
      },
      difference: {
        childProcess: 'A=1 NODE_V8_COVERAGE=/tmp/coverage',
        namespawn: 'A=1',
        why: 'The environment of the command is exactly `env`.',
      },
    },
    {name: 'signal mask and dispositions', run: outputFrom('grep -E "Sig(Blk|Ign)" /proc/self/status | tr "\\n" " "')},
  ],
};

const refused: readonly (readonly [name: string, ...args: unknown[]])[] = [
  ['no command', undefined],
  ["command ''", ''],
  ['command with a NUL', 'a\0b'],
  ['args a number', 'true', 5],
  ['args a string', 'true', 'x'],
  ['an argument with a NUL', 'true', ['a\0']],
  ['options null', 'true', [], null],
  ['options a number', 'true', [], 5],
  ['options an array', 'true', [], []],
  ['cwd a number', 'true', {cwd: 5}],
  ['cwd with a NUL', 'true', {cwd: 'a\0'}],
  ['cwd a URL of another scheme', 'true', {cwd: new URL('http://host/')}],
  ['detached a number', 'true', {detached: 1}],
  ['uid an object', 'true', {uid: {}}],
  ['uid with a fraction', 'true', {uid: 1.5}],
  ['gid a boolean', 'true', {gid: true}],
  ['shell a number', 'true', {shell: 5}],
  ['shell with a NUL', 'true', {shell: '/bin/sh\0'}],
  ['argv0 a number', 'true', {argv0: 5}],
  ['argv0 with a NUL', 'true', {argv0: 'a\0'}],
  ['env with a NUL', 'true', {env: {A: 'a\0'}}],
  ['env with a NUL in a name', 'true', {env: {'A\0': 'a'}}],
  ['windowsHide a number', 'true', {windowsHide: 1}],
  ['windowsVerbatimArguments a number', 'true', {windowsVerbatimArguments: 1}],
  ['timeout negative', 'true', {timeout: -1}],
  ['timeout with a fraction', 'true', {timeout: 1.5}],
  ['timeout a string', 'true', {timeout: '1'}],
  ['signal an object', 'true', {signal: {}}],
  ['signal null', 'true', {signal: null}],
  ['killSignal an object', 'true', {killSignal: {}}],
  ['killSignal unknown', 'true', {killSignal: 'SIGNONE'}],
  ['killSignal 0', 'true', {killSignal: 0}],
  ['stdio unknown', 'true', {stdio: 'none'}],
  ['stdio a number', 'true', {stdio: 5}],
  ['stdio an object', 'true', {stdio: {}}],
  ['stdio with an unknown word', 'true', {stdio: ['none']}],
  ['stdio with an object', 'true', {stdio: ['pipe', {}]}],
  ['stdio with a boolean', 'true', {stdio: [true]}],
  ['stdio with a buffer', 'true', {stdio: [Buffer.from('x')]}],
];

export const validation: Group = {
  title: 'What is refused at once',
  scenarios: [
    ...refused.map(([name, ...args]) => ({
      name,
      run: async (spawn: Spawn) => thrownBy(() => (spawn as (...list: unknown[]) => unknown)(...args)),
    })),
    {
      name: 'uid a string',
      run: async spawn => thrownBy(() => spawn('true', {uid: 'namespawn-nobody' as unknown as number})),
      difference: {
        childProcess: 'TypeError ERR_INVALID_ARG_TYPE',
        namespawn: 'TypeError ERR_INVALID_ARG_VALUE',
        why: 'A string is the name of a user or of a group, which has to exist.',
      },
    },
    {
      name: 'an option that nobody knows',
      run: async spawn => thrownBy(() => spawn('true', {stdio: 'ignore', nmespaces: []} as Options)),
      difference: {
        childProcess: 'nothing',
        namespawn: 'TypeError ERR_INVALID_ARG_VALUE',
        why: 'A typing mistake would mean less isolation than was asked for. `ignoredOptions` lets unknown names pass.',
      },
    },
    {
      name: 'a message says what was expected',
      run: async spawn => {
        const bad: object[] = [
          {detached: 1},
          {shell: 5},
          {argv0: '\0'},
          {signal: 5},
          {killSignal: {}},
          ...['x', -1, 1.5, Number.NaN, true].map(timeout => ({timeout})),
          ...[42, 'x', null, false].map(serialization => ({
            serialization,
            stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
          })),
        ];
        const messages = bad.map(options => {
          try {
            spawn('true', options);
            return 'nothing';
          } catch (error) {
            return `${fieldsOf(error)}: ${(error as Error).message}`;
          }
        });
        return messages.join('\n');
      },
    },
  ],
};
