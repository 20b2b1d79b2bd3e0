// namespawn run: exit statuses, options, the output of -v, and the inherited terminal.
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {namespawn, tryNamespawn} from '../helpers/commands.js';
import {eventually} from '../helpers/eventually.js';
import {finished} from '../helpers/finished.js';
import {findProcesses, uniqueDuration} from '../helpers/processes.js';
import {needsProgram} from '../helpers/requirements.js';
import {patient} from '../helpers/time.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = (...args: string[]) => tryNamespawn('run', ...args);
const shell = (script: string, ...options: string[]) => namespawn('run', ...options, '--', 'sh', '-c', script);

describe('the exit status is', () => {
  test("the command's own", () => {
    for (const code of [0, 1, 42, 125, 255]) assert.equal(run('--', 'sh', '-c', `exit ${code}`).status, code);
  });

  test('128+n if a signal has ended the command', () => {
    for (const [name, number] of [
      ['TERM', 15],
      ['KILL', 9],
      ['SEGV', 11],
    ]) {
      assert.equal(run('--', 'sh', '-c', `kill -${name} $$`).status, 128 + Number(number));
    }
  });

  test('127 if the command is not found, 126 if it is not executable, 125 if the namespaces cannot be created', () => {
    const missing = run('--', '/no/such/command');
    assert.deepEqual(
      [missing.status, missing.stderr],
      [127, 'namespawn: cannot execute /no/such/command: there is no such command (ENOENT)\n'],
    );
    const directory = run('--', '/etc');
    assert.deepEqual(
      [directory.status, directory.stderr],
      [126, 'namespawn: cannot execute /etc: it may not be executed (EACCES)\n'],
    );
    assert.equal(run('--', '/etc/passwd').status, 126);
    // In a user namespace whose limit for the type is 0.
    const script = `echo 0 > /proc/sys/user/max_pid_namespaces; ${process.execPath} ${main} run -- true`;
    assert.equal(run('--map-root', '--', 'sh', '-c', script).status, 125);
  });
});

describe('options', () => {
  test('create a pid and a mnt namespace with a new /proc by default', () => {
    assert.match(shell('ps -e -o pid=,args='), /^ +1 nsinit\n +2 sh -c .*\n +3 ps .*\n$/);
  });

  test('create the given types of namespaces', () => {
    const types = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
    const ids = (...options: string[]): string[] =>
      shell(`for t in ${types.join(' ')}; do readlink /proc/self/ns/$t; done`, ...options)
        .trimEnd()
        .split('\n');
    const ours = types.map(type => readlinkSync(`/proc/self/ns/${type}`));
    ids('--all').forEach((id, index) => {
      assert.notEqual(id, ours[index]);
    });
    const uts = ids('--uts');
    assert.notEqual(uts[types.indexOf('uts')], ours[types.indexOf('uts')]);
    assert.equal(uts[types.indexOf('ipc')], ours[types.indexOf('ipc')]);
  });

  test('--map-root, --hostname, --no-init', () => {
    assert.equal(shell('id -u; id -g', '--map-root'), '0\n0\n');
    assert.equal(shell('hostname', '--hostname', 'inside'), 'inside\n');
    assert.notEqual(hostname(), 'inside');
    assert.equal(shell('echo $$', '--no-init'), '1\n');
    assert.equal(shell('echo $$'), '2\n');
  });

  test('after the command belong to the command', () => {
    assert.equal(namespawn('run', 'echo', '--all', '-v', '--', 'x'), '--all -v -- x\n');
  });

  test('-v prints each step', () => {
    const {status, stdout, stderr} = run(
      '-v',
      '--pid',
      '--mnt',
      '--uts',
      '--',
      'sh',
      '-c',
      'readlink /proc/self/ns/uts',
    );
    assert.equal(status, 0);
    const lines = stderr.trimEnd().split('\n');
    const patterns = [
      /^namespawn: this process is \d+$/,
      /^namespawn: nsinit is \d+, as seen from here$/,
      /^namespawn: executed sh -c readlink .*$/,
      /^namespawn: it is \d+ as seen from here, and 2 inside$/,
      /^namespawn: it exited with 0$/,
      /^namespawn: nothing of it is left$/,
    ];
    const places = patterns.map(pattern => lines.findIndex(line => pattern.test(line)));
    assert.ok(!places.includes(-1), stderr);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(lines.includes(`namespawn: made the uts namespace ${stdout.trim()}`), stderr);
    assert.ok(lines.some(line => /made the pid namespace pid:\[\d+\]$/.test(line)));
  });

  test('are refused if they are unknown', () => {
    assert.equal(run('--no-such-option', '--', 'true').status, 125);
    assert.equal(run().status, 125);
  });
});

describe('signals', () => {
  const start = async (script: string): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [main, 'run', '--', 'sh', '-c', script]);
    await once(child.stdout, 'data');
    return child;
  };

  test('are forwarded to the command, whose exit code is returned', async () => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const) {
      const script = `trap 'exit 7' ${name.slice(3)}; echo ready; while :; do sleep 0.01; done`;
      const child = await start(script);
      child.kill(name);
      assert.deepEqual(await once(child, 'exit'), [7, null]);
    }
  });

  test('that kill namespawn leave no process', async () => {
    const marker = uniqueDuration();
    const child = await start(`setsid sleep ${marker} & echo ready; sleep ${marker}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await eventually(() => assert.deepEqual(findProcesses({marker}), []));
  });
});

describe('at a terminal', {skip: needsProgram('script')}, () => {
  /** Types into a terminal in which a shell runs `line`. Each entry is typed when the terminal shows its pattern. */
  async function type(line: string, entries: readonly [seen: RegExp, typed: string][]): Promise<string> {
    // script(1) runs the line in SHELL. A shell without job control takes the place of an init system.
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      env: {...process.env, SHELL: '/bin/sh', TERM: 'dumb', PS1: '$ '},
      // The pattern may never be shown.
      signal: AbortSignal.timeout(patient(20_000)),
    });
    let text = '';
    let from = 0;
    const rest = [...entries];
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
      for (;;) {
        const [next] = rest;
        const found = next === undefined ? -1 : text.slice(from).search(next[0]);
        if (found < 0) return;
        from = text.length;
        rest.shift();
        child.stdin.write(next![1]);
      }
    });
    const {code} = await finished(child);
    assert.deepEqual(rest, [], text);
    assert.equal(code, 0, text);
    return text.replaceAll('\r', '');
  }

  const quoted = `${process.execPath} ${main}`;

  test('an interactive bash has job control, and the terminal is usable afterwards', async () => {
    // The job prints a line when it is in the foreground, because bash would receive a key that is typed earlier. It starts no program
    // while it is stopped, because a shell whose child is stopped between vfork and exec cannot be stopped itself.
    const job = `sh -c 'trap "echo contin""ued" CONT; sleep 1000 & echo run""ning; while :; do wait; done'`;
    const text = await type(`${quoted} run -- bash --norc --noprofile -i; read line; echo "got: $line"; stty -a`, [
      [/\$ $/, `${job}\n`],
      [/running/, '\x1a'],
      [/Stopped[\s\S]*\$ $/, 'fg\n'],
      [/continued/, '\x03'],
      [/\$ $/, 'echo "st""atus: $?"\n'],
      [/status: 130[\s\S]*\$ $/, 'exit 0\n'],
      [/exit 0\s+exit\s+/, 'still usable\n'],
    ]);
    assert.doesNotMatch(text, /no job control|cannot set terminal process group/);
    assert.match(text, /got: still usable/);
    assert.match(text, /[^-]isig[\s\S]*[^-]icanon[\s\S]*[^-]echo\b/);
  });

  test('^C ends the command, and not the shell that has started namespawn', async () => {
    const text = await type(`trap : INT; ${quoted} run -- sh -c 'echo ready; exec sleep 1000'; echo "status: $?"`, [
      [/ready/, '\x03'],
    ]);
    assert.match(text, /status: 130/);
  });

  test('a shell with job control ends well', async () => {
    // dash takes its first foreground group back when it ends.
    await type(`${quoted} run -- dash -i`, [[/\$ $/, 'exit 0\n']]);
  });

  // An outer bash with job control, whose prompt is '> '. It continues what it shows as stopped.
  const outer = `PS1='> ' exec bash --norc --noprofile -i`;
  // The line is printed in two parts, since the terminal echoes what is typed.
  const resumable = (stop: string): string => `sh -c '${stop}; echo resu""med; exec sleep 0.1'`;

  test('a command that stops itself stops namespawn, and fg continues both', async () => {
    await type(outer, [
      [/> $/, `${quoted} run -- ${resumable('kill -STOP $$')}\n`],
      [/Stopped[\s\S]*> $/, 'fg\n'],
      [/resumed[\s\S]*> $/, 'exit 0\n'],
    ]);
  });

  test('^Z stops both, and bg continues them without the terminal', async () => {
    await type(outer, [
      [
        /> $/,
        `${quoted} run -- sh -c 'trap "echo contin""ued; exit 0" CONT; sleep 1000 & echo rea""dy; while :; do wait; done'\n`,
      ],
      [/ready/, '\x1a'],
      [/Stopped[\s\S]*> $/, 'bg\n'],
      [/continued/, '\n'],
      [/> $/, 'wait; echo "st""ill here"\n'],
      [/still here[\s\S]*> $/, 'exit 0\n'],
    ]);
  });

  test('SIGTSTP to namespawn alone stops the command, too', async () => {
    // In the PID namespace of namespawn, which is the parent of nsinit. The shell starts nothing when the signal arrives: dash would wait in
    // vfork(2), and no signal stops it there.
    const script =
      'trap "echo contin""ued; exit 0" CONT; sleep 1000 & kill -TSTP $(ps -o ppid= -p $PPID); while :; do wait; done';
    await type(outer, [
      [/> $/, `${quoted} run --uts -- sh -c '${script}' marked\n`],
      [/Stopped[\s\S]*> $/, 'ps -eo stat=,args= | grep "[m]arked$" | grep -c "^[RS]"; echo "cou""nted"\n'],
      [/\n0\r?\ncounted[\s\S]*> $/, 'fg\n'],
      [/continued[\s\S]*> $/, 'exit 0\n'],
    ]);
  });

  test('without a shell that could continue it, a stopped command goes on', async () => {
    const text = await type(`${quoted} run -- ${resumable('kill -STOP $$')}`, []);
    assert.match(text, /resumed/);
  });

  for (const input of ['', '</dev/null']) {
    test(`SIGINT of another process reaches the command at a terminal ${input}`, async () => {
      const text = await type(
        `timeout --foreground -s INT -k 60 1 ${quoted} run -- sleep 1000 ${input}; echo "status: $?"`,
        [],
      );
      assert.match(text, /status: 124/);
    });
  }

  test('the settings are restored after a command that has changed them', async () => {
    const text = await type(`${quoted} run -- stty raw -echo; stty -a`, []);
    assert.match(text, /[^-]icanon[\s\S]*[^-]echo\b/);
  });
});
