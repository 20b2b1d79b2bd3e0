// Runs a program to its end. Returns its output, or throws an error that contains everything that it has printed.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const execute = promisify(execFile);

export interface Run {
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

export async function output(program: string, args: readonly string[], {cwd, env = process.env}: Run): Promise<string> {
  try {
    return (await execute(program, args, {cwd, env, maxBuffer: Number.POSITIVE_INFINITY})).stdout;
  } catch (error) {
    const {stdout, stderr, message} = error as Error & {stdout: string; stderr: string};
    throw new Error(`${message}\n${stdout}\n${stderr}`, {cause: error});
  }
}
