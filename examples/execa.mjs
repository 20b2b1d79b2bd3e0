// A program that uses execa and does not use namespawn itself. Run it alone, or with --import ./examples/stand-in.mjs.
import {execa, execaSync} from 'execa';

const show = (what, value) => console.log(`${what}: ${value}`);

show('output', (await execa('echo', ['hello'])).stdout);
show('input', (await execa('tr', ['a-z', 'A-Z'], {input: 'loud'})).stdout);
show('lines', (await execa({lines: true})`printf ${'a\nb\nc\n'}`).stdout.join(' '));
show('shell', (await execa({shell: true})`echo "$((6 * 7))" | cat`).stdout);
show('cwd and env', (await execa('sh', ['-c', 'echo "$PWD $A"'], {cwd: '/usr', env: {A: 'set'}})).stdout);
show('all', (await execa('sh', ['-c', 'echo out; echo err >&2'], {all: true})).all.split('\n').sort().join(' '));
show('piped', (await execa('printf', ['b\na\n']).pipe('sort')).stdout.replace('\n', ' '));

const failed = await execa('sh', ['-c', 'echo why >&2; exit 3'], {reject: false});
show('exit code', `${failed.exitCode} ${failed.failed} ${failed.stderr}`);
const missing = await execa('namespawn-no-such-command', {reject: false});
show('not found', `${missing.code} ${missing.shortMessage.split('\n')[0]}`);
const late = await execa('sleep', ['1000'], {timeout: 50, reject: false});
show('timeout', `${late.timedOut} ${late.signal}`);
const canceled = await execa('sleep', ['1000'], {cancelSignal: AbortSignal.timeout(50), reject: false});
show('canceled', `${canceled.isCanceled} ${canceled.isTerminated}`);
const long = await execa('yes', {maxBuffer: 1000, reject: false});
show('maxBuffer', `${long.isMaxBuffer} ${long.stdout.length}`);

const running = execa('sleep', ['1000'], {reject: false});
running.kill('SIGINT');
show('killed', (await running).signal);
const words = [];
for await (const line of execa('printf', ['one\ntwo\n'])) words.push(line);
show('iterated', words.join(' '));
show('synchronous, which is child_process still', execaSync('echo', ['sync']).stdout);
console.error(`PID seen inside: ${(await execa('sh', ['-c', 'echo $$'])).stdout}`);
