// A program that uses nano-spawn and does not use namespawn itself. Run it alone, or with --import ./examples/stand-in.mjs.
import spawn, {SubprocessError} from 'nano-spawn';

const show = (what, value) => console.log(`${what}: ${value}`);

show('output', (await spawn('echo', ['hello'])).stdout);
show('input', (await spawn('tr', ['a-z', 'A-Z'], {stdin: {string: 'loud'}})).stdout);
show('both', (await spawn('sh', ['-c', 'echo out; echo err >&2'])).output.split('\n').sort().join(' '));

const words = [];
for await (const line of spawn('printf', ['one\ntwo\n'])) words.push(line);
show('iterated', words.join(' '));

for (const [command, ...args] of [['sh', '-c', 'exit 3'], ['namespawn-no-such-command'], ['sh', '-c', 'kill $$']]) {
  const error = await spawn(command, args).catch(reason => reason);
  show('failed', `${error instanceof SubprocessError} ${error.exitCode} ${error.signalName} ${error.message}`);
}
const late = await spawn('sleep', ['1000'], {timeout: 50}).catch(reason => reason);
show('timeout', late.message);
console.error(`PID seen inside: ${(await spawn('sh', ['-c', 'echo $$'])).stdout}`);
