// Provides the programs and the packages of kernels that the VM needs. Packages of programs are installed if this process runs as root.
import {spawnSync} from 'node:child_process';
import {accessSync, constants} from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** An error that is printed without its stack, because its message explains it. */
export class VmError extends Error {}

/** Returns the path of a program, or undefined. It also searches sbin, which may not be in the PATH of an ordinary user. */
export function findProgram(name) {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin']) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return undefined;
}

/**
 * Makes sure that programs exist, by installing their packages.
 * @param {Record<string, string>} packages the package of each program
 */
export function needPrograms(packages) {
  const missing = Object.keys(packages).filter(program => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(program => packages[program]))].join(' ');
  const advice = `missing: ${missing.join(', ')}; on Debian: apt-get install ${names}`;
  if (findProgram('apt-get') === undefined) throw new VmError(advice);
  if (process.geteuid() !== 0) throw new VmError(`${advice} (as root)`);
  console.error(`vm: installing ${names}`);
  const arguments_ = ['install', '-y', '--no-install-recommends', ...names.split(' ')];
  const {ok, output} = withFreshLists(() => apt(arguments_));
  const absent = missing.filter(program => findProgram(program) === undefined);
  if (!ok || absent.length > 0) throw new VmError(`could not install ${names}:\n${output}`);
}

/** Downloads the file of a package into a folder. */
export function downloadPackage(name, folder) {
  if (findProgram('apt-get') === undefined || findProgram('dpkg') === undefined) {
    throw new VmError(
      `${name} is a Debian package, and there is no apt-get and dpkg here: give a kernel by path (--kernel, --modules)`,
    );
  }
  const {ok, output} = withFreshLists(() => apt(['download', name], folder));
  if (!ok) throw new VmError(`could not download the package ${name}:\n${output}`);
}

// Package lists are fetched only if the machine has none, or if they name versions that no longer exist.
function withFreshLists(attempt) {
  const first = attempt();
  if (first.ok || process.geteuid() !== 0) return first;
  const update = apt(['update']);
  return update.ok ? attempt() : {ok: false, output: first.output + update.output};
}

function apt(arguments_, cwd) {
  const {status, stdout, stderr, error} = spawnSync('apt-get', ['-q', ...arguments_], {
    cwd,
    encoding: 'utf8',
    env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`};
}
