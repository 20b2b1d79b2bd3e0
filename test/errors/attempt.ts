// Runs a program of Node where something is missing or forbidden, and returns the errors that it got.
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {isRoot, type Requirement} from '../helpers/requirements.js';
import {temporaryDirectory} from '../helpers/temporary.js';

/** What is told of an error. */
export interface Told {
  code: string;
  syscall?: string;
  step?: string;
  index?: number;
  path?: string;
  hint?: string;
  message: string;
}

const prelude = `import {writeSync} from 'node:fs';
  import * as namespawn from 'namespawn';
  import {constants, setns, unshare} from 'namespawn/sys';
  const {createSandbox, openNamespace, spawnInNamespace} = namespawn;
  const told = ({code, syscall, step, index, path, hint, message}) => ({code, syscall, step, index, path, hint, message});
  /** The error of a command that cannot be started, or undefined. */
  const failure = start => new Promise(resolve => {
    let error;
    start().on('error', reason => { error = told(reason); }).on('close', () => resolve(error));
  });
  const spawned = (options, args = []) => failure(() => spawnInNamespace('true', args, options));
  const thrown = call => { try { call(); } catch (error) { return told(error); } };
  const report = value => writeSync(1, JSON.stringify(value ?? null));
`;

/**
 * Runs a script.
 * @param prefix - the command that runs Node, and its arguments
 * @param script - calls \`report\`
 */
export function attempt(prefix: readonly string[], script: string): Told {
  const line = [...prefix, process.execPath, '--input-type=module', '-e', prelude + script];
  const {stdout, stderr, status} = spawnSync(line[0]!, line.slice(1), {encoding: 'utf8', timeout: 60_000});
  if (stdout === '') throw new Error(`${line[0]} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Told;
}

/** A prefix that runs a script of sh before Node, as root of a mount namespace of its own. */
export function inMounts(script: string): string[] {
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  return ['unshare', '--mount', ...user, '--', 'sh', '-ec', `${script}; exec "$@"`, 'sh'];
}

/** A prefix for a user who has no privilege, whoever runs the tests. */
export function asOrdinaryUser(): string[] {
  return isRoot ? ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups', '--'] : [];
}

/** A prefix that runs Node in a chroot: all of the file system, below a directory that is no mount. */
export function inChroot(): string[] {
  const root = path.join(temporaryDirectory(), 'root');
  mkdirSync(root);
  const bind = `for at in /*; do
    if [ -L "$at" ]; then cp -P "$at" ${root}; elif [ -d "$at" ]; then mkdir ${root}$at; mount --rbind "$at" ${root}$at; fi
  done`;
  return [...inMounts(bind), 'chroot', root, 'sh', '-c', 'cd "$0" && exec "$@"', process.cwd()];
}

/** A prefix that runs Node in so many PID namespaces, each of which has its own /proc. */
export function nested(depth: number): string[] {
  const script = path.join(temporaryDirectory(), 'nested');
  writeFileSync(
    script,
    `depth=$1; shift
    [ "$depth" = 0 ] && exec "$@"
    exec unshare --pid --fork --mount --mount-proc sh ${script} $((depth - 1)) "$@"`,
  );
  return ['sh', script, String(depth)];
}

/** Whether the kernel has Landlock. */
export function needsLandlock(program: string): Requirement {
  return spawnSync(program, ['true']).status === 77 ? 'needs Landlock' : false;
}
