// Makes system calls in a command: test/programs/calls.c.
import {runInNamespace, type SpawnOptions} from 'namespawn';
import {tables} from './plain-profile.js';
import {testProgram} from './programs.js';

const table = tables.find(({name}) => name === process.arch)!;
const numbers = new Map([...table.numbers].map(([number, {name}]) => [name, number]));

/** Translates the name at the start of a call: 'ioctl,0,0x5412' is '16,0,0x5412'. */
function encode(call: string): string {
  return call.replace(/^\w+(?=,|$)/, name => (numbers.has(name) ? `${numbers.get(name)}` : name));
}

type Run = (
  file: string,
  args: string[],
  options: SpawnOptions,
) => PromiseLike<{stdout: string; signal: unknown; exitCode: unknown}>;

/** Makes the calls, and returns what they returned, and how the command has ended. */
export async function makeCalls(
  calls: readonly string[],
  options: SpawnOptions,
  run: Run = (file, args, given) => runInNamespace(file, args, {...given, reject: false}),
): Promise<{results: number[]; signal: unknown; exitCode: unknown}> {
  const {stdout, signal, exitCode} = await run(testProgram('calls'), calls.map(encode), options);
  return {results: stdout.split('\n').slice(0, -1).map(Number), signal, exitCode};
}
